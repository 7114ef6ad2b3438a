import { CallFault, microphoneFault } from "./faults.js";
import type { Platform } from "./platform.js";

/** Where a caller's voice comes from: the browser's microphone, a given device, a stream of the page's own, or nothing (typing). */
export type MicrophoneSource = "default" | "none" | MediaStream | { readonly deviceId: string };

/** A microphone in use. Its track is ours to mute and stop: of a stream that the page handed in it is a copy. */
export class Microphone {
  private constructor(readonly track: MediaStreamTrack) {}

  /** Open `source`. Throws CallFault. */
  static async open(source: Exclude<MicrophoneSource, "none">, platform: Platform): Promise<Microphone> {
    if (isStream(source)) {
      const [track] = source.getAudioTracks();
      if (track === undefined) throw new CallFault("no_microphone");
      return new Microphone(track.clone());
    }
    if (!platform.secure()) throw new CallFault("insecure_origin");
    const device = source === "default" ? {} : { deviceId: { exact: source.deviceId } };
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1, ...device };
    const stream = await platform.getUserMedia({ audio }).catch((error: unknown) => {
      throw microphoneFault(error);
    });
    const [track] = stream.getAudioTracks();
    if (track === undefined) throw new CallFault("no_microphone");
    return new Microphone(track);
  }

  /** Give it back. */
  close(): void {
    this.track.stop();
  }
}

function isStream(source: MicrophoneSource): source is MediaStream {
  return typeof source === "object" && "getAudioTracks" in source;
}
