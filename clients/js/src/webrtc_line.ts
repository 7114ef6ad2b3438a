import { Emitter } from "./emitter.js";
import { CallFault } from "./faults.js";
import { type Destination, type Line, type LineEvents, parseMessage, type Ticket } from "./line.js";
import type { Platform } from "./platform.js";
import type { IceServer, VoiceOffer } from "./protocol/http.js";
import type { CallerMessage, PageMessage } from "./protocol/page.js";
import { LOOK_MS, Pulse } from "./pulse.js";
import { quality, type Quality } from "./quality.js";
import type { AntiphonServer } from "./server.js";
import { TrickleSocket } from "./trickle.js";

/** For the answer to an ICE restart: a network that is not there should be noticed before the next try is due. */
const RESTART_PATIENCE_MS = 4_000;

/** The label of the data channel. */
export const CHANNEL = "antiphon";

function asServer({ urls, username, credential }: IceServer): RTCIceServer {
  return { urls: [...urls], username, credential };
}

/** The WebRTC side of one call: a peer connection, its data channel and its signalling. */
export class WebRtcLine extends Emitter<LineEvents> implements Line {
  readonly way = "webrtc";
  readonly #peer: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #trickle: TrickleSocket;
  #audio: RTCRtpTransceiver | null = null;
  #ticket: Ticket | null = null;
  #relayed = false;
  /** An offer the server has not answered yet. */
  #unanswered: VoiceOffer | null = null;
  #open = true;
  readonly #pulse = new Pulse();
  /** Nothing comes, and the browser has not noticed: Chromium needs 5.5 s. */
  #unheard = false;
  #looking: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly platform: Platform,
    private readonly server: AntiphonServer,
  ) {
    super();
    const peer = (this.#peer = platform.openPeer());
    this.#trickle = this.#newTrickle();
    // Before the offer, so that the offer has its m-line and no second negotiation is needed.
    this.#channel = peer.createDataChannel(CHANNEL, { ordered: true });
    this.#channel.addEventListener("message", (event: MessageEvent<unknown>) => this.#told(event.data));
    this.#channel.addEventListener("close", () => this.#open && this.emit("closed", undefined));
    peer.addEventListener("icecandidate", ({ candidate }) => this.#trickle.send(candidate));
    peer.addEventListener("connectionstatechange", () => this.#open && this.#travel(peer.connectionState));
    peer.addEventListener("track", ({ track, streams }) => this.emit("audio", streams[0] ?? platform.streamOf(track)));
  }

  get broken(): boolean {
    return this.#unheard || this.#peer.connectionState !== "connected";
  }

  get relayed(): boolean {
    return this.#relayed;
  }

  get ticket(): Ticket | null {
    return this.#ticket;
  }

  /** Dial; resolves with the call's id once the answer is set. Throws CallFault. */
  async dial(track: MediaStreamTrack | null, { agent, ticket, held = false }: Destination): Promise<string> {
    // Without a microphone the call still has a line in both directions: one may be plugged in later.
    this.#audio = this.#peer.addTransceiver(track ?? "audio", { direction: held ? "inactive" : "sendrecv" });
    await this.#peer.setLocalDescription();
    const sdp = this.#peer.localDescription?.sdp ?? "";
    this.#unanswered = { sdp, type: "offer", agent, ...(ticket && { call_id: ticket.call, resume: ticket.resume }) };
    const call = await this.#negotiate(this.#unanswered);
    this.#unanswered = null;
    return call;
  }

  /** An ICE restart: the same connection over whatever networks there are now. Throws CallFault. */
  async restart(): Promise<void> {
    // An offer whose answer was lost is sent again as it was: the server knows it by its text, and the token opens only once.
    this.#unanswered ??= await this.#renewed();
    await this.#negotiate(this.#unanswered, RESTART_PATIENCE_MS);
    this.#unanswered = null;
  }

  /** The same connection with or without voices on it (RFC 3264 8.4). */
  async hold(held: boolean): Promise<void> {
    if (this.#ticket === null || this.#audio === null) throw new CallFault("connection_lost");
    if (this.#unanswered !== null) await this.restart(); // the path came back by itself meanwhile
    const before = this.#audio.direction;
    this.#audio.direction = held ? "inactive" : "sendrecv";
    this.#unanswered = await this.#described(this.#ticket);
    try {
      await this.#negotiate(this.#unanswered, RESTART_PATIENCE_MS);
    } catch (error) {
      if (error instanceof CallFault && error.kind === "server_gone") throw error; // its answer may be lost: it is asked for again
      this.#audio.direction = before;
      await this.#peer.setLocalDescription({ type: "rollback" });
      this.#unanswered = null;
      throw error;
    }
    this.#unanswered = null;
  }

  async #renewed(): Promise<VoiceOffer> {
    const ticket = this.#ticket;
    if (ticket === null) throw new CallFault("connection_lost");
    this.#trickle.close();
    this.#trickle = this.#newTrickle();
    this.#peer.restartIce();
    return this.#described(ticket);
  }

  async #described(ticket: Ticket): Promise<VoiceOffer> {
    await this.#peer.setLocalDescription();
    return { sdp: this.#peer.localDescription?.sdp ?? "", type: "offer", call_id: ticket.call, resume: ticket.resume };
  }

  async #negotiate(offer: VoiceOffer, patienceMs?: number): Promise<string> {
    const answer = await this.server.offer(offer, patienceMs);
    this.#ticket = answer.resume === null ? null : { call: answer.call_id, resume: answer.resume, way: this.way };
    if (!this.#open) return answer.call_id;
    this.#relayed = answer.iceServers.length > 0;
    // For the next gathering: an ICE restart.
    if (this.#relayed) this.#peer.setConfiguration({ ...this.#peer.getConfiguration(), iceServers: answer.iceServers.map(asServer) });
    await this.#peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    this.#trickle.open(this.platform.openSocket(this.server.signalAddress(answer.call_id)));
    return answer.call_id;
  }

  #travel(state: RTCPeerConnectionState): void {
    this.#unheard = false;
    this.#pulse.reset();
    if (state === "connected") this.#looking ??= setInterval(() => void this.#look(), LOOK_MS);
    this.emit("path", state);
  }

  /** Whether anything still comes; nothing has to on hold. */
  async #look(): Promise<void> {
    const heard = this.#audio?.direction === "inactive" || this.#pulse.look(await this.#peer.getStats());
    if (!this.#open || this.#peer.connectionState !== "connected" || heard !== this.#unheard) return;
    this.#unheard = !heard;
    this.emit("path", heard ? "connected" : "disconnected");
  }

  #newTrickle(): TrickleSocket {
    return new TrickleSocket((candidate) => this.#peer.addIceCandidate(candidate));
  }

  /** Speak through another track from now on, or through none. */
  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    await this.#audio?.sender.replaceTrack(track);
  }

  /** Tell the server; false while the channel is not open. */
  send(message: CallerMessage): boolean {
    if (this.#channel.readyState !== "open") return false;
    this.#channel.send(JSON.stringify(message));
    return true;
  }

  /** What the connection measures about itself. */
  async quality(): Promise<Quality> {
    return quality(await this.#peer.getStats());
  }

  /** Everything sent, then closed; events stop at once. Waits for what is still in the channel, but not for long. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#looking !== null) clearInterval(this.#looking);
    this.#trickle.close();
    await this.#drained();
    this.#peer.close();
  }

  /** Closed by the far end after it read everything, or half a second: `close()` on a peer drops what is queued. */
  #drained(): Promise<void> {
    if (this.#channel.readyState !== "open") return Promise.resolve();
    return new Promise((resolve) => {
      this.#channel.addEventListener("close", () => resolve(), { once: true });
      setTimeout(resolve, 500);
    });
  }

  #told(data: unknown): void {
    if (!this.#open || typeof data !== "string") return;
    const message = parseMessage(data);
    if (message !== null) this.emit("message", message as PageMessage);
  }
}
