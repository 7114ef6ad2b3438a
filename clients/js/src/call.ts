// A call: microphone in, agent's voice out, and everything that happens as messages.

import type { PageMessage } from "./protocol/page";
import { Level } from "./level";
import { sendOffer } from "./server";
import { Trickle } from "./trickle";
import { microphoneTrouble, Trouble } from "./trouble";

export interface CallEvents {
  /** A message of the data channel, in order. */
  message(message: PageMessage): void;
  /** The call ended; `trouble` if it should not have. */
  ended(trouble?: Trouble): void;
}

/** Longest wait for media after the answer; on a network that lets UDP through it takes well under a second. */
const CONNECT_MS = 12_000;

/** One call to one agent. Make a new one for the next call. */
export class AntiphonCall {
  id = "";
  private readonly peer = new RTCPeerConnection();
  private readonly channel: RTCDataChannel;
  private readonly trickle: Trickle;
  private readonly context = new AudioContext();
  private readonly speaker = new Audio();
  private microphone: MediaStream | undefined;
  private sender: RTCRtpSender | undefined;
  private levels: { caller?: Level; agent?: Level } = {};
  private over = false;
  private silent = false;

  constructor(private readonly events: CallEvents) {
    this.channel = this.peer.createDataChannel("antiphon", { ordered: true });
    this.channel.addEventListener("message", ({ data }) => this.heard(JSON.parse(String(data)) as PageMessage));
    this.trickle = new Trickle(this.peer);
    this.peer.addEventListener("track", ({ track, streams }) => this.play(streams[0] ?? new MediaStream([track])));
    this.peer.addEventListener("connectionstatechange", () => {
      if (this.peer.connectionState === "failed") this.end(new Trouble(this.id ? "server-gone" : "network-blocked"));
    });
  }

  /** Call `agent`. Without a microphone the call goes on by typing; the trouble is returned, not thrown. */
  async dial(agent: string, device?: string): Promise<Trouble | undefined> {
    const trouble = await this.openMicrophone(device);
    const transceiver = this.peer.addTransceiver(this.microphone?.getAudioTracks()[0] ?? "audio", {
      direction: "sendrecv",
    });
    this.sender = transceiver.sender;
    await this.peer.setLocalDescription(await this.peer.createOffer());
    try {
      const answer = await sendOffer(this.peer.localDescription?.sdp ?? "", agent);
      this.id = answer.call_id;
      await this.peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
      this.trickle.open(answer.call_id);
      await this.connected();
    } catch (error) {
      this.end();
      throw error;
    }
    return trouble;
  }

  private async openMicrophone(device?: string): Promise<Trouble | undefined> {
    if (!navigator.mediaDevices) return new Trouble(window.isSecureContext ? "no-microphone" : "insecure-origin");
    const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    try {
      this.microphone = await navigator.mediaDevices.getUserMedia({
        audio: device ? { ...wanted, deviceId: { exact: device } } : wanted,
      });
    } catch (error) {
      return microphoneTrouble(error);
    }
    await this.context.resume();
    this.levels.caller = new Level(this.context, this.microphone);
    return undefined;
  }

  private connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => reject(new Trouble("network-blocked")), CONNECT_MS);
      const look = () => {
        if (this.peer.connectionState === "connected") {
          window.clearTimeout(timer);
          resolve();
        } else if (this.peer.connectionState === "failed") {
          window.clearTimeout(timer);
          reject(new Trouble("network-blocked"));
        }
      };
      this.peer.addEventListener("connectionstatechange", look);
      look();
    });
  }

  private play(stream: MediaStream): void {
    this.speaker.srcObject = stream;
    void this.speaker.play().catch(() => undefined); // allowed since the person pressed Talk
    this.levels.agent = new Level(this.context, stream);
  }

  private heard(message: PageMessage): void {
    this.events.message(message);
    if (message.type === "bye") this.end();
  }

  /** Loudness of caller and agent now, 0 to 1. */
  level(): { caller: number; agent: number } {
    return {
      caller: this.silent ? 0 : (this.levels.caller?.now() ?? 0),
      agent: this.levels.agent?.now() ?? 0,
    };
  }

  /** Send silence, or speak again. */
  mute(muted: boolean): void {
    this.silent = muted;
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !muted;
    this.send({ type: "mute", muted });
  }

  /** Speak into another microphone from now on. */
  async useMicrophone(device: string): Promise<void> {
    const previous = this.microphone;
    const trouble = await this.openMicrophone(device);
    if (trouble) throw trouble;
    await this.sender?.replaceTrack(this.microphone?.getAudioTracks()[0] ?? null);
    for (const track of previous?.getTracks() ?? []) track.stop();
    this.mute(this.silent);
  }

  /** A line typed instead of spoken. */
  type(text: string): void {
    this.send({ type: "text", text });
  }

  /** End the call. */
  hangUp(): void {
    this.send({ type: "hangup" });
    this.end();
  }

  private send(message: object): void {
    if (this.channel.readyState === "open") this.channel.send(JSON.stringify(message));
  }

  private end(trouble?: Trouble): void {
    if (this.over) return;
    this.over = true;
    this.trickle.close();
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    // The goodbye on the data channel leaves before the connection closes.
    window.setTimeout(() => this.peer.close(), 200);
    void this.context.close();
    this.events.ended(trouble);
  }
}
