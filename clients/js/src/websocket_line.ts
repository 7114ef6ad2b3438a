import { Emitter } from "./emitter.js";
import { CallFault, closeFault } from "./faults.js";
import { type Destination, type Line, type LineEvents, parseMessage } from "./line.js";
import type { Pcm } from "./pcm.js";
import type { Platform } from "./platform.js";
import type { CallerMessage, PageMessage } from "./protocol/page.js";
import type { StreamMessage } from "./protocol/stream.js";
import type { Quality } from "./quality.js";
import type { AntiphonServer } from "./server.js";

const OPEN = 1;
/** Bytes not yet sent beyond which the microphone's frames are dropped: a second of audio. What came later would be heard too late. */
const MOST_UNSENT = 32_000;

/** A whole call over one WebSocket: raw audio and messages, where nothing but HTTP gets through. */
export class WebSocketLine extends Emitter<LineEvents> implements Line {
  readonly way = "websocket";
  readonly ticket = null;
  readonly broken = false;
  readonly relayed = false;
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

  async dial(track: MediaStreamTrack | null, { agent }: Destination): Promise<string> {
    this.#pcm = await this.platform.openPcm(this.context, {
      frame: (frame) => this.#say(frame),
      played: (reply, positionMs) => this.send({ type: "playout", reply, position_ms: Math.round(positionMs) }),
    });
    await this.replaceTrack(track);
    const call = await this.#begin(agent);
    // Once the caller knows the call's name.
    setTimeout(() => {
      if (!this.#open || this.#pcm === null) return;
      this.emit("audio", this.#pcm.received);
      this.emit("path", "connected");
    });
    return call;
  }

  /** Open the socket; the server's first message names the call. */
  #begin(agent: string | null): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = (this.#socket = this.platform.openSocket(this.server.streamAddress(agent)));
      socket.binaryType = "arraybuffer";
      socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (data instanceof ArrayBuffer) this.#pcm?.play(data);
        else if (typeof data === "string") this.#told(parseMessage(data) as StreamMessage | PageMessage | null, resolve);
      });
      socket.addEventListener("close", ({ code, reason }: CloseEvent) => {
        reject(closeFault(code, reason)); // nothing, if the call has begun
        if (this.#open) this.emit("closed", undefined);
      });
    });
  }

  #told(message: StreamMessage | PageMessage | null, opened: (call: string) => void): void {
    if (!this.#open || message === null) return;
    if (message.type === "stream") opened(message.call_id);
    else if (message.type === "mark") this.#pcm?.mark(message.reply, message.position_ms);
    else if (message.type === "clear") this.#pcm?.clear();
    else this.emit("message", message);
  }

  #say(frame: ArrayBuffer): void {
    const socket = this.#socket;
    if (socket?.readyState === OPEN && socket.bufferedAmount < MOST_UNSENT) socket.send(frame);
  }

  async restart(): Promise<void> {
    throw new CallFault("connection_lost");
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
    return { roundTripMs: null, jitterMs: null, lost: 0, bufferMs: null, path: "websocket" };
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#pcm?.close();
    this.#socket?.close(); // after what was sent
  }
}
