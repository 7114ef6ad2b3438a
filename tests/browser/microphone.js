// Runs before the page's own scripts: a microphone made of clips, an ear on what the page receives, and its messages.
(() => {
  const messages = [];
  const heard = { chunks: [], streams: 0 };
  const context = new AudioContext({ sampleRate: 48000 });
  const microphone = context.createMediaStreamDestination();
  const silence = context.createConstantSource();
  silence.offset.value = 0;
  silence.connect(microphone);
  silence.start();

  const decode = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return context.decodeAudioData(bytes.buffer);
  };

  /** Hear this stream, and no other from before. */
  const listen = async (stream) => {
    const number = ++heard.streams;
    heard.chunks = [];
    // A muted element keeps Chromium pulling the remote track; the worklet sees the samples.
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    await element.play().catch(() => {});
    const source = `registerProcessor("ear", class extends AudioWorkletProcessor {
      process([[samples]]) { if (samples) this.port.postMessage(samples.slice()); return true; } });`;
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const ear = new AudioWorkletNode(context, "ear", { numberOfOutputs: 0 });
    ear.port.onmessage = ({ data }) => number === heard.streams && heard.chunks.push(data);
    context.createMediaStreamSource(stream).connect(ear);
  };

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...configuration) {
      super(...configuration);
      this.addEventListener("track", ({ track, streams }) => listen(streams[0] ?? new MediaStream([track])));
    }
    createDataChannel(...parameters) {
      const channel = super.createDataChannel(...parameters);
      channel.addEventListener("message", ({ data }) => messages.push(JSON.parse(data)));
      return channel;
    }
  };

  // Where packets do not get through the page plays what came over its WebSocket through a destination of its own.
  const destination = AudioContext.prototype.createMediaStreamDestination;
  AudioContext.prototype.createMediaStreamDestination = function () {
    const made = destination.call(this);
    listen(made.stream);
    return made;
  };

  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(...parameters) {
      super(...parameters);
      if (!this.url.includes("/api/voice/ws")) return;
      this.addEventListener("message", ({ data }) => {
        const message = typeof data === "string" ? JSON.parse(data) : {};
        if ("seq" in message) messages.push(message);
      });
    }
  };

  navigator.mediaDevices.getUserMedia = async () => {
    await context.resume();
    return microphone.stream;
  };

  window.test = {
    messages,
    // Resolves when the clip has been spoken; the clip's length in seconds.
    speak: async (base64) => {
      await context.resume();
      const clip = context.createBufferSource();
      clip.buffer = await decode(base64);
      clip.connect(microphone);
      const done = new Promise((resolve) => (clip.onended = resolve));
      clip.start();
      await done;
      return clip.buffer.duration;
    },
    samplesHeard: () => heard.chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    takeHeard: () => {
      const total = new Float32Array(heard.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
      let at = 0;
      for (const chunk of heard.chunks) {
        total.set(chunk, at);
        at += chunk.length;
      }
      const pcm = Int16Array.from(total, (sample) => Math.max(-1, Math.min(1, sample)) * 32767);
      let binary = "";
      const bytes = new Uint8Array(pcm.buffer);
      for (let index = 0; index < bytes.length; index += 32768)
        binary += String.fromCharCode(...bytes.subarray(index, index + 32768));
      return btoa(binary);
    },
  };
})();
