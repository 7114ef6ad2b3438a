import { Emitter } from "./emitter.js";
import { type Line, type LineEvents, parseMessage } from "./line.js";
import type { Platform } from "./platform.js";
import type { CallerMessage, PageMessage } from "./protocol/page.js";
import { quality, type Quality } from "./quality.js";
import type { AntiphonServer } from "./server.js";
import { TrickleSocket } from "./trickle.js";

/** The label of the data channel. */
export const CHANNEL = "antiphon";

/** The WebRTC side of one call: a peer connection, its data channel and its signalling. */
export class WebRtcLine extends Emitter<LineEvents> implements Line {
  readonly way = "webrtc";
  readonly #peer: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #trickle: TrickleSocket;
  #sender: RTCRtpSender | null = null;
  #open = true;

  constructor(
    private readonly platform: Platform,
    private readonly server: AntiphonServer,
  ) {
    super();
    const peer = (this.#peer = platform.openPeer());
    this.#trickle = new TrickleSocket((candidate) => peer.addIceCandidate(candidate));
    // Before the offer, so that the offer has its m-line and no second negotiation is needed.
    this.#channel = peer.createDataChannel(CHANNEL, { ordered: true });
    this.#channel.addEventListener("message", (event: MessageEvent<unknown>) => this.#told(event.data));
    this.#channel.addEventListener("close", () => this.#open && this.emit("closed", undefined));
    peer.addEventListener("icecandidate", ({ candidate }) => this.#trickle.send(candidate));
    peer.addEventListener("connectionstatechange", () => this.#open && this.emit("path", peer.connectionState));
    peer.addEventListener("track", ({ track, streams }) => this.emit("audio", streams[0] ?? platform.streamOf(track)));
  }

  /** Dial; resolves with the call's id once the answer is set. Throws CallFault. */
  async dial(track: MediaStreamTrack | null, agent: string | null): Promise<string> {
    const peer = this.#peer;
    // Without a microphone the call still has a line in both directions: one may be plugged in later.
    this.#sender = peer.addTransceiver(track ?? "audio", { direction: "sendrecv" }).sender;
    await peer.setLocalDescription();
    const sdp = peer.localDescription?.sdp ?? "";
    const answer = await this.server.offer({ sdp, type: "offer", agent });
    if (!this.#open) return answer.call_id;
    await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    this.#trickle.open(this.platform.openSocket(this.server.signalAddress(answer.call_id)));
    return answer.call_id;
  }

  /** Speak through another track from now on, or through none. */
  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    await this.#sender?.replaceTrack(track);
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
