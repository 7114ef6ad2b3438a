/** The rate of raw audio in both directions. */
export const PCM_HZ = 16_000;
/** What a voice has above this would fold back, or come out as an image of itself. */
const EDGE_HZ = 7_000;

export interface PcmEvents {
  /** 20 ms of the microphone, 16-bit little-endian at 16 kHz. */
  readonly frame: (frame: ArrayBuffer) => void;
  /** So much of a reply has left the loudspeaker's queue. */
  readonly played: (reply: number, positionMs: number) => void;
}

/** Raw audio of a browser: frames from a microphone, and packets played as they come. */
export interface Pcm {
  /** What is being played. */
  readonly received: MediaStream;
  /** Listen to this stream from now on, or to none. */
  listenTo(stream: MediaStream | null): void;
  /** Queue a packet. */
  play(packet: ArrayBuffer): void;
  /** What is queued by now ends here: say so when it has been played. */
  mark(reply: number, positionMs: number): void;
  /** Drop what is queued. */
  clear(): void;
  close(): void;
}

/** Raw audio on `context`, on the browser's audio thread. */
export async function openPcm(context: AudioContext, events: PcmEvents): Promise<Pcm> {
  await context.audioWorklet.addModule(new URL("./pcm_worklet.js", import.meta.url).href);
  const microphone = new AudioWorkletNode(context, "antiphon-microphone", { numberOfOutputs: 0 });
  const speaker = new AudioWorkletNode(context, "antiphon-speaker", { numberOfInputs: 0, outputChannelCount: [1] });
  const filtered = lowPass(context, microphone);
  const destination = context.createMediaStreamDestination();
  speaker.connect(lowPass(context, destination));
  microphone.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => events.frame(data);
  speaker.port.onmessage = ({ data }: MessageEvent<{ reply: number; positionMs: number }>) => events.played(data.reply, data.positionMs);
  let source: MediaStreamAudioSourceNode | null = null;
  return {
    received: destination.stream,
    listenTo: (stream) => {
      source?.disconnect();
      source = stream === null ? null : context.createMediaStreamSource(stream);
      source?.connect(filtered);
    },
    play: (packet) => speaker.port.postMessage(packet, [packet]),
    mark: (reply, positionMs) => speaker.port.postMessage({ reply, positionMs }),
    clear: () => speaker.port.postMessage("clear"),
    close: () => {
      source?.disconnect();
      speaker.disconnect();
      for (const track of destination.stream.getTracks()) track.stop();
    },
  };
}

/** Four poles before `next`: 24 dB an octave. */
function lowPass(context: AudioContext, next: AudioNode): AudioNode {
  const [first, second] = [context.createBiquadFilter(), context.createBiquadFilter()];
  for (const filter of [first, second]) {
    filter.type = "lowpass";
    filter.frequency.value = EDGE_HZ;
  }
  first.connect(second).connect(next);
  return first;
}
