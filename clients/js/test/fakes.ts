// Doubles of a browser's parts that keep the order rules of the real ones: what Chromium refuses, these refuse.

import type { Pcm, PcmEvents } from "../src/pcm.js";
import type { Platform } from "../src/platform.js";

type Handler = (event: never) => void;

export class FakeTarget {
  readonly #handlers = new Map<string, Set<Handler>>();

  addEventListener(name: string, handler: Handler): void {
    this.#handlers.set(name, (this.#handlers.get(name) ?? new Set()).add(handler));
  }

  dispatch(name: string, event: object = {}): void {
    for (const handler of this.#handlers.get(name) ?? []) (handler as (event: object) => void)(event);
  }
}

export class FakeTrack {
  enabled = true;
  stopped = false;
  readonly copies: FakeTrack[] = [];

  clone(): FakeTrack {
    const copy = new FakeTrack();
    this.copies.push(copy);
    return copy;
  }

  stop(): void {
    this.stopped = true;
  }
}

export class FakeStream {
  constructor(readonly tracks: FakeTrack[] = [new FakeTrack()]) {}

  getAudioTracks(): FakeTrack[] {
    return this.tracks;
  }
}

export class FakeChannel extends FakeTarget {
  readyState = "connecting";
  readonly sent: unknown[] = [];

  constructor(
    readonly label: string,
    readonly options: RTCDataChannelInit,
  ) {
    super();
  }

  send(text: string): void {
    if (this.readyState !== "open") throw new DOMException("not open", "InvalidStateError");
    this.sent.push(JSON.parse(text));
  }

  open(): void {
    this.readyState = "open";
    this.dispatch("open");
  }

  close(): void {
    this.readyState = "closed";
    this.dispatch("close");
  }

  tell(message: unknown): void {
    this.dispatch("message", { data: typeof message === "string" ? message : JSON.stringify(message) });
  }
}

interface FakeTransceiver {
  direction: string;
  readonly sender: { replaceTrack: (track: FakeTrack | null) => Promise<void> };
}

export class FakePeer extends FakeTarget {
  connectionState = "new";
  signalingState = "stable";
  localDescription: { sdp: string } | null = null;
  remote: RTCSessionDescriptionInit | null = null;
  closed = false;
  restarts = 0;
  configuration: RTCConfiguration = { bundlePolicy: "max-bundle" };
  channel: FakeChannel | null = null;
  audio: FakeTransceiver | null = null;
  readonly candidates: RTCIceCandidateInit[] = [];
  readonly tracks: (FakeTrack | null)[] = [];

  createDataChannel(label: string, options: RTCDataChannelInit): FakeChannel {
    this.#mustBeOpen();
    // After the offer a channel would need a second negotiation, which this client does not do.
    if (this.localDescription) throw new DOMException("negotiation needed", "InvalidStateError");
    return (this.channel = new FakeChannel(label, options));
  }

  addTransceiver(track: FakeTrack | string, { direction }: { direction: string }): FakeTransceiver {
    this.#mustBeOpen();
    this.tracks.push(typeof track === "string" ? null : track);
    return (this.audio = { direction, sender: { replaceTrack: async (next) => void this.tracks.push(next) } });
  }

  async setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void> {
    this.#mustBeOpen();
    if (description?.type === "rollback") return void (this.signalingState = "stable");
    const parts = [this.tracks.length > 0 ? "m=audio" : "", this.channel ? "m=application" : ""];
    if (this.signalingState !== "stable") throw new DOMException("wrong state", "InvalidStateError");
    const held = this.audio?.direction === "inactive" ? " inactive" : "";
    const restart = this.restarts > 0 ? ` restart ${this.restarts}` : "";
    this.localDescription = { sdp: `v=0 ${parts.filter(Boolean).join(" ")}${held}${restart}` };
    this.signalingState = "have-local-offer";
    // Gathering begins here, before anybody knows the call's name.
    this.gather("candidate:1 1 udp 1 127.0.0.1 5000 typ host");
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.#mustBeOpen();
    if (this.signalingState !== "have-local-offer") throw new DOMException("wrong state", "InvalidStateError");
    this.signalingState = "stable";
    this.remote = description;
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.remote) throw new DOMException("no remote description", "InvalidStateError");
    if (candidate.candidate?.includes("unusable")) throw new DOMException("bad", "OperationError");
    this.candidates.push(candidate);
  }

  getConfiguration(): RTCConfiguration {
    return this.configuration;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  restartIce(): void {
    this.#mustBeOpen();
    this.restarts += 1;
  }

  /** Packets that the browser has counted; none in one that counts none. */
  packets: { sent: number; received: number } | null = null;

  async getStats(): Promise<Map<string, object>> {
    if (this.packets === null) return new Map();
    const { sent, received } = this.packets;
    return new Map<string, object>([
      ["T", { type: "transport", packetsReceived: received }],
      ["O", { type: "outbound-rtp", packetsSent: sent }],
    ]);
  }

  /** Half a second of packets in these directions goes by. */
  async flow({ out = true, back = true }: { out?: boolean; back?: boolean }, pass: (ms: number) => Promise<unknown>): Promise<void> {
    const before = this.packets ?? { sent: 0, received: 0 };
    this.packets = { sent: before.sent + (out ? 25 : 0), received: before.received + (back ? 1 : 0) };
    await pass(500);
  }

  close(): void {
    this.closed = true;
  }

  gather(candidate: string | null): void {
    const init = { candidate, sdpMid: "0", sdpMLineIndex: 0 };
    this.dispatch("icecandidate", { candidate: candidate === null ? null : { toJSON: () => init } });
  }

  become(state: string): void {
    this.connectionState = state;
    this.dispatch("connectionstatechange");
  }

  #mustBeOpen(): void {
    if (this.closed) throw new DOMException("closed", "InvalidStateError");
  }
}

/** Raw audio that the test plays: what the page says to it, in order. */
export class FakePcm implements Pcm {
  readonly received = new FakeStream() as unknown as MediaStream;
  readonly done: unknown[] = [];

  constructor(readonly events: PcmEvents) {}

  listenTo(stream: MediaStream | null): void {
    this.done.push(stream === null ? "deaf" : "listening");
  }

  play(packet: ArrayBuffer): void {
    this.done.push(packet.byteLength);
  }

  mark(reply: number, positionMs: number): void {
    this.done.push([reply, positionMs]);
  }

  clear(): void {
    this.done.push("clear");
  }

  close(): void {
    this.done.push("closed");
  }
}

export class FakeSocket extends FakeTarget {
  readyState = 0;
  bufferedAmount = 0;
  readonly sent: unknown[] = [];

  constructor(readonly url: string) {
    super();
  }

  open(): void {
    this.readyState = 1;
    this.dispatch("open");
  }

  send(item: string | ArrayBuffer): void {
    if (this.readyState !== 1) throw new DOMException("not open", "InvalidStateError");
    this.sent.push(typeof item === "string" ? JSON.parse(item) : item.byteLength);
  }

  close(): void {
    this.readyState = 3;
  }

  tell(message: unknown): void {
    this.dispatch("message", { data: message instanceof ArrayBuffer ? message : JSON.stringify(message) });
  }

  /** Closed by the server. */
  refuse(code: number, reason = ""): void {
    this.readyState = 3;
    this.dispatch("close", { code, reason });
  }
}

interface Asked {
  readonly path: string;
  readonly method: string;
  readonly body: unknown;
}

/** A browser and a server in one: answers by path, remembers what was asked. */
export class World {
  readonly asked: Asked[] = [];
  readonly answers = new Map<string, () => Response | Promise<Response>>([
    ["/api/voice/offer", () => Response.json(this.answer())],
    ["/healthz", () => new Response("ok")],
    ["/api/calls/call_1/hangup", () => new Response(null, { status: 204 })],
  ]);
  readonly peers: FakePeer[] = [];
  readonly sockets: FakeSocket[] = [];
  readonly pcms: FakePcm[] = [];
  readonly microphone = new FakeStream();
  microphoneError: Error | null = null;
  secure = true;
  capable = true;
  online = true;
  /** Resume tokens the server has given out. */
  minted = 0;
  playing = true;

  readonly platform: Platform = {
    fetch: (async (input: string, init?: RequestInit) => {
      const path = new URL(input).pathname;
      const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
      this.asked.push({ path, method: init?.method ?? "GET", body });
      const answer = this.answers.get(path);
      if (!answer) throw new TypeError("Failed to fetch");
      return answer();
    }) as typeof fetch,
    openSocket: (url) => {
      const socket = new FakeSocket(url);
      this.sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    openPeer: () => {
      const peer = new FakePeer();
      this.peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
    getUserMedia: async () => {
      if (this.microphoneError) throw this.microphoneError;
      return this.microphone as unknown as MediaStream;
    },
    openPcm: async (_, events) => {
      const pcm = new FakePcm(events);
      this.pcms.push(pcm);
      return pcm;
    },
    openAudio: () => new FakeAudio() as unknown as AudioContext,
    streamOf: (track) => new FakeStream([track as unknown as FakeTrack]) as unknown as MediaStream,
    speaker: () =>
      ({
        play: () => (this.playing ? Promise.resolve() : Promise.reject(new DOMException("", "NotAllowedError"))),
        pause: () => {},
      }) as unknown as HTMLAudioElement,
    secure: () => this.secure,
    capable: () => this.capable,
    online: () => this.online,
  };

  relays: object[] = [];

  answer(): object {
    this.minted += 1;
    return { sdp: "v=0 answer", type: "answer", call_id: "call_1", resume: `token_${this.minted}`, iceServers: this.relays };
  }

  get peer(): FakePeer {
    const peer = this.peers.at(-1);
    if (!peer) throw new Error("no peer connection was opened");
    return peer;
  }

  get channel(): FakeChannel {
    const { channel } = this.peer;
    if (!channel) throw new Error("no data channel was made");
    return channel;
  }

  get pcm(): FakePcm {
    const pcm = this.pcms.at(-1);
    if (!pcm) throw new Error("no raw audio was opened");
    return pcm;
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }
}

class FakeAudio {
  createAnalyser(): object {
    return { fftSize: 0, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(0.5) };
  }

  createMediaStreamSource(): object {
    return { connect: () => {}, disconnect: () => {} };
  }

  async resume(): Promise<void> {}

  async close(): Promise<void> {}
}
