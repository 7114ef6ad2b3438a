import { Emitter } from "./emitter.js";
import { CallFault, closeFault } from "./faults.js";
import { type Destination, type Line, type LineEvents, parseMessage, type Ticket } from "./line.js";
import type { Pcm } from "./pcm.js";
import type { Platform } from "./platform.js";
import type { CallerMessage, PageMessage } from "./protocol/page.js";
import type { Ping, StreamMessage } from "./protocol/stream.js";
import type { Quality } from "./quality.js";
import type { AntiphonServer } from "./server.js";

const OPEN = 1;
/** Bytes not yet sent beyond which the microphone's frames are dropped: a second of audio. What came later would be heard too late. */
const MOST_UNSENT = 32_000;
/** The server answers each; it takes three that do not come for a lost connection. */
const PING_MS = 1_000;
/** TCP itself would notice a dead network after minutes. */
const MOST_SILENT_MS = 3_500;
/** A socket that does not open: a dead network answers nothing. */
const OPEN_MS = 5_000;

/** A whole call over one WebSocket: raw audio and messages, where nothing but HTTP gets through. */
export class WebSocketLine extends Emitter<LineEvents> implements Line {
  readonly way = "websocket";
  readonly relayed = false;
  #ticket: Ticket | null = null;
  #broken = false;
  #held = false;
  #pings = 0;
  #pinging: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
  #sentAt = 0;
  #roundTripMs: number | null = null;
  #socket: WebSocket | null = null;
  #pcm: Pcm | null = null;
  #open = true;

  constructor(
    private readonly platform: Platform,
    private readonly server: AntiphonServer,
    private readonly context: AudioContext,
  ) {
    super();
  }

  get ticket(): Ticket | null {
    return this.#ticket;
  }

  get broken(): boolean {
    return this.#broken;
  }

  async dial(track: MediaStreamTrack | null, { agent, ticket, held = false }: Destination): Promise<string> {
    this.#pcm = await this.platform.openPcm(this.context, {
      frame: (frame) => this.#say(frame),
      played: (reply, positionMs) => this.send({ type: "playout", reply, position_ms: Math.round(positionMs) }),
    });
    await this.replaceTrack(track);
    const call = await this.#begin(agent, ticket);
    if (held) await this.hold(true);
    this.#heardAt = Date.now();
    this.#pinging = setInterval(() => this.#ping(), PING_MS);
    // Once the caller knows the call's name.
    setTimeout(() => {
      if (!this.#open || this.#pcm === null) return;
      this.emit("audio", this.#pcm.received);
      this.emit("path", "connected");
    });
    return call;
  }

  /** Open the socket; the server's first message names the call. */
  #begin(agent: string | null, ticket: Ticket | null): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = (this.#socket = this.platform.openSocket(this.server.streamAddress(agent, ticket)));
      setTimeout(() => reject(new CallFault("server_gone")), OPEN_MS); // nothing, if the call has begun
      socket.binaryType = "arraybuffer";
      socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (data instanceof ArrayBuffer) this.#pcm?.play(data);
        else if (typeof data === "string") this.#told(parseMessage(data) as StreamMessage | PageMessage | null, resolve);
      });
      socket.addEventListener("close", ({ code, reason }: CloseEvent) => {
        const begun = this.#ticket !== null;
        if (!begun) void this.#whyClosed(code, reason).then(reject);
        this.#broken = true;
        clearInterval(this.#pinging);
        if (this.#open && begun) this.emit("closed", undefined); // else whoever dialled is told
      });
    });
  }

  /** A socket that never opened does not say whether a network or a dead server was in the way. */
  async #whyClosed(code: number, reason: string): Promise<CallFault> {
    const fault = closeFault(code, reason);
    return fault.kind === "network_blocked" && !(await this.server.alive()) ? new CallFault("server_gone") : fault;
  }

  #told(message: StreamMessage | PageMessage | null, opened: (call: string) => void): void {
    if (!this.#open || message === null) return;
    this.#heard();
    if (message.type === "stream") {
      this.#ticket = { call: message.call_id, resume: message.resume, way: this.way };
      opened(message.call_id);
    } else if (message.type === "pong") {
      if (message.n === this.#pings) this.#roundTripMs = Date.now() - this.#sentAt;
    } else if (message.type === "mark") this.#pcm?.mark(message.reply, message.position_ms);
    else if (message.type === "clear") this.#pcm?.clear();
    else this.emit("message", message);
  }

  #say(frame: ArrayBuffer): void {
    const socket = this.#socket;
    if (!this.#held && socket?.readyState === OPEN && socket.bufferedAmount < MOST_UNSENT) socket.send(frame);
  }

  /** Ask whether the server is there, and notice when it has not answered for long. */
  #ping(): void {
    if (this.#socket?.readyState !== OPEN) return;
    this.#sentAt = Date.now();
    this.#socket.send(JSON.stringify({ type: "ping", n: ++this.#pings } satisfies Ping));
    if (this.#broken || this.#sentAt - this.#heardAt < MOST_SILENT_MS) return;
    this.#broken = true;
    this.emit("path", "disconnected");
  }

  #heard(): void {
    this.#heardAt = Date.now();
    if (!this.#broken) return;
    this.#broken = false;
    this.emit("path", "connected");
  }

  /** There is no other way between two ends of a socket. */
  async restart(): Promise<void> {
    throw new CallFault("connection_lost");
  }

  async hold(held: boolean): Promise<void> {
    if (!this.send({ type: "hold", held })) throw new CallFault("connection_lost");
    this.#held = held;
  }

  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    this.#pcm?.listenTo(track === null ? null : this.platform.streamOf(track));
  }

  send(message: CallerMessage): boolean {
    if (this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  async quality(): Promise<Quality> {
    return { roundTripMs: this.#roundTripMs, jitterMs: null, lost: 0, bufferMs: null, path: "websocket" };
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#pinging);
    this.#pcm?.close();
    this.#socket?.close(); // after what was sent
  }
}
