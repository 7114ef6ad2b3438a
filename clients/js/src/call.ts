import type { CallEvents, CallOptions, Phase } from "./call_events.js";
import { Emitter } from "./emitter.js";
import { CallFault } from "./faults.js";
import { type Destination, type Line, LONGEST_LINE, type Ticket, type Way } from "./line.js";
import { Microphone, type MicrophoneSource } from "./microphone.js";
import { browser, type Platform } from "./platform.js";
import type { CallState, PageMessage } from "./protocol/page.js";
import type { Quality } from "./quality.js";
import { Health, rescue } from "./rescue.js";
import { AntiphonServer } from "./server.js";
import { Sound } from "./sound.js";
import { Timers } from "./timers.js";
import { WebRtcLine } from "./webrtc_line.js";
import { WebSocketLine } from "./websocket_line.js";

/** From the answer to the first packet, before another way is tried; Chromium on a loaded machine needs less than one second. */
const CONNECT_MS = 4_000;
/** Packets that have not got through by then may need a relay, if there is one; without loss a way of its own needs a tenth of it. */
const RELAY_MS = 1_500;
/** So long a path may find itself again before another is looked for. Chromium itself needs 5.5 s to notice that packets stopped. */
const WEAK_MS = 1_000;
/** The end of the goodbye is still in the jitter buffer when `bye` comes. */
const TAIL_MS = 400;

/** One call to an agent. An instance may call again after it has ended. */
export class AntiphonCall extends Emitter<CallEvents> {
  readonly server: AntiphonServer;
  #platform: Platform;
  #phase: Phase = "idle";
  #state: CallState = "connecting";
  #id: string | null = null;
  #line: Line | null = null;
  /** A line by which the caller meant to come back, whose offer has no answer yet: it may be lost, and the token be spent. */
  #undelivered: Line | null = null;
  #way: Way | null = null;
  #sound: Sound | null = null;
  #speakerId = "";
  #muted = false;
  #held = false;
  #redials = 0;
  #received: MediaStream | null = null;
  #timers = new Timers();
  #goodbye = false;
  #health = new Health();
  #settle: { live: () => void; failed: (fault: CallFault) => void } | null = null;

  constructor(server?: AntiphonServer, platform: Platform = browser()) {
    super();
    this.#platform = platform;
    this.server = server ?? new AntiphonServer(platform);
  }

  get phase(): Phase {
    return this.#phase;
  }

  get state(): CallState {
    return this.#state;
  }

  /** The call's id once the server has named it; kept after the end. */
  get id(): string | null {
    return this.#id;
  }

  /** What brings the caller back to this call, once and within 30 s; null where nothing does. */
  get ticket(): Ticket | null {
    return this.#line?.ticket ?? null;
  }

  /** How the audio travels, once it does; kept after the end. */
  get way(): Way | null {
    return this.#way;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** Whether the call is on hold. */
  get held(): boolean {
    return this.#held;
  }

  /** The agent's voice, while the call lasts. */
  get received(): MediaStream | null {
    return this.#received;
  }

  /** Call. Resolves when media flows, or when the caller hung up before; throws CallFault when there will be no call. */
  async connect(options: CallOptions = {}): Promise<void> {
    if (this.#phase !== "idle" && this.#phase !== "ended") throw new CallFault("refused", "This call is already going on.");
    this.#id = null;
    this.#way = null;
    this.#goodbye = false;
    this.#health = new Health();
    this.#state = "connecting";
    this.#muted = options.muted ?? false;
    this.#held = false;
    this.#enter("opening");
    try {
      await this.#open(options);
    } catch (error) {
      const fault = error instanceof CallFault ? error : new CallFault("refused", undefined, { cause: error });
      this.#end("failed", fault);
      throw fault;
    }
  }

  /** End the call. */
  hangUp(): void {
    if (this.#phase === "idle" || this.#phase === "ended") return;
    const told = this.#line?.send({ type: "hangup" }) ?? false;
    if (!told && this.#id !== null) void this.server.hangUp(this.#id).catch(() => {}); // it ends by itself without packets
    this.#end("the caller hung up", null);
  }

  /** The page goes away and may come back, as a reloaded one does: the server keeps the call for whoever has its ticket. */
  pause(): Ticket | null {
    const { ticket } = this;
    if (this.#phase === "idle" || this.#phase === "ended") return null;
    if (ticket === null || !(this.#line?.send({ type: "leaving" }) ?? false)) {
      this.leave();
      return null;
    }
    this.#end("the page went away", null);
    return ticket;
  }

  /** The page goes away: end the call with what still works then. */
  leave(): void {
    if (this.#id !== null && this.#phase !== "ended") void this.server.hangUp(this.#id).catch(() => {});
    this.hangUp();
  }

  /** Say something without speaking: a whole turn. False while there is no call to say it in, and for more than 2000 characters. */
  sendText(text: string): boolean {
    const line = text.trim();
    return line !== "" && line.length <= LONGEST_LINE && this.#phase === "live" && (this.#line?.send({ type: "text", text: line }) ?? false);
  }

  /**
   * How much of a reply has left the loudspeaker. A browser cannot tell which reply a played packet belonged to, so the
   * page never calls this; a client that renders the audio itself can, and the transcript is the more exact for it.
   */
  reportPlayout(reply: number, positionMs: number): boolean {
    return this.#line?.send({ type: "playout", reply, position_ms: Math.round(positionMs) }) ?? false;
  }

  /** Send silence instead of the microphone, or the microphone again. */
  mute(muted = true): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#sound?.mute(muted);
    this.#line?.send({ type: "mute", muted });
    this.emit("muted", muted);
  }

  /** The microphone again. */
  unmute(): void {
    this.mute(false);
  }

  /** Put the call on hold: the agent says, asks and hears nothing until `resume`. Throws CallFault, and changes nothing. */
  hold(): Promise<void> {
    return this.#hold(true);
  }

  /** Take the call up again; the agent goes on where it was. Throws CallFault, and changes nothing. */
  resume(): Promise<void> {
    return this.#hold(false);
  }

  async #hold(held: boolean): Promise<void> {
    if (held === this.#held || this.#phase !== "live") return;
    await this.#line?.hold(held);
    this.#held = held;
    this.emit("held", held);
  }

  /** Speak through another microphone; during a call at once. Throws CallFault and keeps the old one. */
  async setMicrophone(source: MicrophoneSource): Promise<void> {
    const next = source === "none" ? null : await Microphone.open(source, this.#platform);
    if (this.#phase !== "live" && this.#phase !== "calling") return next?.close();
    await this.#line?.replaceTrack(next?.track ?? null);
    this.#sound?.use(next, this.#muted);
  }

  /** Hear the agent through another device, where the browser can choose (Chromium, Firefox). */
  async setSpeaker(deviceId: string): Promise<void> {
    this.#speakerId = deviceId;
    await this.#sound?.through(deviceId);
  }

  /** Loudness of both voices now, 0 … 1. */
  levels(): { readonly caller: number; readonly agent: number } {
    return this.#sound?.levels() ?? { caller: 0, agent: 0 };
  }

  /** How well the audio travels; null without a line. */
  async quality(): Promise<Quality | null> {
    return this.#line ? this.#line.quality() : null;
  }

  // --- beginning

  async #open({ agent = null, ticket = null, microphone = "default" }: CallOptions): Promise<void> {
    if (!this.#platform.capable()) throw new CallFault("unsupported");
    const sound = (this.#sound = new Sound(this.#platform));
    const opened = microphone === "none" ? null : await Microphone.open(microphone, this.#platform);
    if (this.#over()) return opened?.close();
    sound.use(opened, this.#muted);
    this.#enter("calling");
    let way = ticket;
    if (ticket?.way !== "websocket") {
      try {
        return await this.#through(this.#newLine("webrtc", sound), { agent, ticket });
      } catch (error) {
        if (!(error instanceof CallFault) || error.kind !== "network_blocked" || this.#over()) throw error;
        way = await this.#giveUpLine(ticket !== null);
      }
    }
    await this.#through(this.#newLine("websocket", sound), { agent, ticket: way });
  }

  #newLine(way: Way, sound: Sound): Line {
    if (way === "webrtc") return new WebRtcLine(this.#platform, this.server);
    return new WebSocketLine(this.#platform, this.server, sound.context);
  }

  /** Call over `line`. Resolves when media flows; throws CallFault. */
  async #through(line: Line, to: Destination): Promise<void> {
    const live = new Promise<void>((resolve, reject) => (this.#settle = { live: resolve, failed: reject }));
    live.catch(() => {}); // it may fail before anybody waits for it
    this.#id = await this.#dial(line, to);
    const waiting = (): boolean => this.#line === line && this.#phase === "calling";
    const relay = line.relayed ? RELAY_MS : 0;
    if (relay > 0) this.#timers.after(relay, () => void (waiting() && line.restart().catch(() => {}))); // it fails when the time is up
    this.#timers.after(CONNECT_MS + relay, () => waiting() && this.#fail(new CallFault("network_blocked")));
    await live;
  }

  /** From now on the call's line is this one. Throws CallFault. */
  async #dial(line: Line, to: Destination): Promise<string> {
    this.#line = line;
    const current = (): boolean => this.#line === line;
    line.on("message", (message) => current() && this.#told(message));
    line.on("audio", (stream) => current() && this.#hear(stream));
    line.on("path", (path) => current() && this.#travel(path));
    line.on("closed", () => current() && this.#lost());
    const call = await line.dial(this.#sound?.track ?? null, to);
    if (this.#over()) void this.server.hangUp(call).catch(() => {}); // hung up while the server answered
    return call;
  }

  /** The way of this line is blocked: the call that was admitted for it ends and another begins, unless it is older (`kept`). */
  async #giveUpLine(kept: boolean): Promise<Ticket | null> {
    const [line, id] = [this.#line, this.#id];
    this.#line = null;
    this.#id = null;
    if (id !== null && !kept) void this.server.hangUp(id).catch(() => {}); // it ends by itself without packets
    await line?.close();
    return kept ? (line?.ticket ?? null) : null;
  }

  #over(): boolean {
    return this.#phase === "ended";
  }

  #hear(stream: MediaStream): void {
    if (this.#over()) return;
    this.#received = stream;
    const heard = this.#sound?.hear(stream, this.#speakerId);
    heard?.catch(() => this.#over() || this.emit("trouble", new CallFault("silent_speaker")));
    this.emit("received", stream);
  }

  /** A click or key press came: let the agent be heard. */
  async unblock(): Promise<void> {
    await this.#sound?.unblock();
  }

  // --- while it lasts

  #told(message: PageMessage): void {
    if (message.type === "hello") this.#id ??= message.call_id;
    if (message.type === "state") {
      this.#state = message.state;
      this.emit("state", message.state);
    }
    this.emit("message", message);
    if (message.type !== "bye") return;
    this.#goodbye = true;
    this.#timers.after(TAIL_MS, () => this.#end(message.reason, null));
  }

  #travel(path: RTCPeerConnectionState): void {
    if (path === "connected") {
      if (this.#phase === "calling") this.#enter("live");
      else this.emit("weak", false);
      this.#redials = 0;
      this.#tellWay();
      this.#health.mend();
      this.#settle?.live();
    } else if (path === "failed") {
      if (this.#phase !== "calling") this.#lose(false);
      else if (!this.#line?.relayed) this.#fail(new CallFault("network_blocked")); // else the relay has its turn yet
    } else if (path === "disconnected" && this.#phase === "live") {
      this.emit("weak", true);
      this.#timers.after(WEAK_MS, () => this.ticket !== null && this.#line?.broken && this.#mendLine(false));
    }
  }

  #tellWay(): void {
    const way = this.#line?.way ?? null;
    if (way === null || way === this.#way) return;
    this.#way = way;
    this.emit("way", way);
  }

  /** The line is closed and nobody said goodbye. */
  #lost(): void {
    if (!this.#goodbye) this.#lose(true); // else the tail is playing
  }

  #lose(closed: boolean): void {
    if (this.#phase === "live" && this.ticket !== null) this.#mendLine(closed);
    else void this.#giveUp();
  }

  async #giveUp(): Promise<void> {
    this.#fail(new CallFault((await this.server.alive()) ? "connection_lost" : "server_gone"));
  }

  /** The path is broken: mend it, or say that it cannot be. A `closed` line cannot be restarted. */
  #mendLine(closed: boolean): void {
    const health = this.#health;
    if (health.broken || this.#phase !== "live") return;
    health.break();
    this.emit("weak", true);
    const patient = {
      lost: () => health.broken && this.#phase === "live",
      recovered: (ms: number) => health.recovered(ms, (wait, done) => this.#timers.after(wait, done)),
      restart: async () => this.#line?.restart(),
      redial: () => this.#redial(),
    };
    void rescue(patient, this.#platform.online, closed).then((fault) => fault && this.#fail(fault));
  }

  /** Come back over another line: where packets of their own get through no longer, over a WebSocket every other time. */
  async #redial(): Promise<void> {
    const broken = this.#line;
    const ticket = broken?.ticket ?? null;
    if (ticket === null || this.#sound === null) throw new CallFault("connection_lost");
    const again = this.#undelivered;
    const streamed = this.#way === "websocket" || (again === null && this.#redials++ % 2 === 1);
    const line = again ?? this.#newLine(streamed ? "websocket" : "webrtc", this.#sound);
    this.#undelivered = null;
    try {
      if (again === null) await this.#dial(line, { agent: null, ticket, held: this.#held });
      else await (this.#line = again).restart();
    } catch (error) {
      const answered = streamed || this.#over() || !(error instanceof CallFault) || error.kind !== "server_gone";
      if (answered) void line.close();
      else this.#undelivered = line;
      if (!this.#over()) this.#line = broken;
      throw error;
    }
    void broken?.close();
  }

  // --- end

  #fail(fault: CallFault): void {
    if (this.#over()) return;
    if (this.#phase === "calling") this.#settle?.failed(fault); // there may be another way
    else this.#end("failed", fault);
  }

  #end(reason: string, fault: CallFault | null): void {
    if (this.#over()) return;
    this.#timers.clear();
    this.#settle?.live(); // nothing, if it has failed already
    this.#settle = null;
    void this.#line?.close();
    void this.#undelivered?.close();
    this.#line = this.#undelivered = null;
    this.#sound?.close();
    this.#sound = null;
    this.#received = null;
    this.#state = "ended";
    this.#enter("ended");
    this.emit("ended", { reason, fault });
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.emit("phase", phase);
  }
}
