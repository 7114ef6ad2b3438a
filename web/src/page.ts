import { CallFault, takeKey, type AntiphonCall, type MicrophoneSource, type PageMessage, type Phase, type Ticket } from "@antiphon/client";
import { Aftermath } from "./aftermath.js";
import { Agents } from "./agents.js";
import { Card } from "./card.js";
import { Conversation } from "./conversation.js";
import { Devices } from "./devices.js";
import { byId } from "./elements.js";
import type { Hooks } from "./hooks.js";
import { rememberLeft, takeLeft } from "./left_call.js";
import { Margin } from "./margin.js";
import { canType, Notice } from "./notice.js";
import { offerPushToTalk } from "./push_to_talk.js";
import { Ring } from "./ring.js";
import { Signal } from "./signal.js";
import { offerThemes } from "./theme.js";
import { humanise, STATE_WORDS } from "./words.js";

const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  idle: "",
  opening: "Waiting for the microphone…",
  calling: "Calling…",
  live: "",
  ended: "Call ended",
};

/** The demo page: one call at a time, from choosing an agent to the picture of the call. */
export class Page {
  readonly #orb = byId("orb", HTMLButtonElement);
  readonly #hold = byId("hold", HTMLButtonElement);
  readonly #mute = byId("mute", HTMLButtonElement);
  readonly #onHold = byId("on-hold", HTMLButtonElement);
  readonly #hangUp = byId("hangup", HTMLButtonElement);
  readonly #type = byId("type", HTMLFormElement);
  readonly #typed = byId("type-input", HTMLInputElement);
  readonly #startMuted = byId("ptt", HTMLInputElement);
  readonly #state = byId("state", HTMLElement);
  readonly #with = byId("with", HTMLElement);
  #overTcp = false;
  readonly #notice = new Notice(byId("notice", HTMLElement));
  readonly #card = new Card(byId("card", HTMLElement));
  readonly #conversation = new Conversation(byId("lines", HTMLElement), byId("interim", HTMLElement), byId("stage", HTMLElement));
  readonly #margin = new Margin(byId("margin", HTMLElement), byId("slots", HTMLElement), byId("work", HTMLElement), byId("tools", HTMLElement));
  readonly #agents = new Agents(byId("agents", HTMLElement), byId("examples", HTMLElement), byId("examples-list", HTMLElement));
  readonly #signal = new Signal(byId("signal", HTMLElement));
  readonly #ring = new Ring(byId("ring", HTMLCanvasElement));
  readonly #aftermath: Aftermath;
  readonly #devices: Devices;
  #specialist = "";

  constructor(
    private readonly call: AntiphonCall,
    private readonly hooks: Hooks,
  ) {
    this.#aftermath = new Aftermath(call.server, this.#card);
    this.#devices = new Devices(byId("devices-open", HTMLButtonElement), call);
    this.#ring.follow(() => call.levels());
    offerThemes(byId("theme", HTMLButtonElement));
    offerPushToTalk(call, this.#hold);
    this.#listenToCaller();
    this.#listenToCall();
    this.#show("idle");
  }

  /** Come in with the key of the address, and list the agents; a page that was reloaded in a call goes on with it. */
  async enter(): Promise<void> {
    this.#notice.clear();
    const { server } = this.call;
    try {
      const key = takeKey();
      // A key that was used before may have left its cookie here: the list of agents tells.
      if (key !== null) await server.openSession(key).catch((error: CallFault) => error.kind === "server_gone" && Promise.reject(error));
      const left = takeLeft();
      this.#agents.show(await server.agents(), left?.agent ?? new URLSearchParams(location.search).get("agent"));
      this.#orb.disabled = this.#agents.chosen === null;
      if (!isSecureContext) this.#explain(new CallFault("insecure_origin"));
      if (left) void this.#begin(undefined, left.ticket);
    } catch (error) {
      this.#orb.disabled = true;
      this.#notice.show(asFault(error), [{ label: "Try again", testid: "retry", act: () => void this.enter() }]);
    }
  }

  async #begin(microphone?: MicrophoneSource, ticket: Ticket | null = null): Promise<void> {
    const agent = this.#agents.chosen;
    if (agent === null) return;
    this.#clear();
    const source = microphone ?? this.hooks.microphone ?? this.#devices.microphone;
    try {
      await this.call.connect({ agent: agent.name, ticket, microphone: source, muted: this.#startMuted.checked });
    } catch (error) {
      this.#explain(asFault(error));
    }
  }

  #clear(): void {
    this.#notice.clear();
    this.#aftermath.clear();
    this.#blank();
  }

  /** Nothing of a call yet. */
  #blank(): void {
    this.#conversation.clear();
    this.#margin.clear();
    this.#card.clear();
    this.#signal.clear();
    this.#specialist = "";
  }

  /** The page goes away: for good, or to be loaded again. */
  #leave(): void {
    const agent = this.#agents.chosen;
    const ticket = this.call.pause();
    if (ticket && agent) rememberLeft({ ticket, agent: agent.name });
  }

  /** Say what is wrong and offer what helps. */
  #explain(fault: CallFault): void {
    const again = { label: "Try again", testid: "retry", act: () => void this.#begin() };
    const typing = { label: "Type instead", testid: "type-instead", act: () => void this.#begin("none") };
    const hear = { label: "Let me hear it", testid: "unblock", act: () => void this.call.unblock().then(() => this.#notice.clear()) };
    if (fault.kind === "silent_speaker") this.#notice.show(fault, [hear]);
    else this.#notice.show(fault, canType(fault) ? [again, typing] : [again]);
  }

  // --- what the caller does

  #listenToCaller(): void {
    const { call } = this;
    this.#orb.addEventListener("click", () => {
      if (call.phase === "opening" || call.phase === "calling") call.hangUp();
      else void this.#begin();
    });
    this.#hangUp.addEventListener("click", () => call.hangUp());
    this.#mute.addEventListener("click", () => call.mute(!call.muted));
    this.#onHold.addEventListener("click", () => {
      void (call.held ? call.resume() : call.hold()).catch((error) => this.#explain(asFault(error)));
    });
    this.#type.addEventListener("submit", (event) => {
      event.preventDefault();
      if (call.sendText(this.#typed.value)) this.#typed.value = "";
    });
    addEventListener("pagehide", () => this.#leave());
  }

  // --- what the call does

  #listenToCall(): void {
    const { call } = this;
    call.on("phase", (phase) => this.#show(phase));
    call.on("message", (message) => this.#take(message));
    call.on("way", () => this.#showWith());
    call.on("muted", (muted) => this.#showMuted(muted));
    call.on("held", () => this.#showHeld());
    call.on("weak", (weak) => this.#say(weak ? "Reconnecting…" : this.#stateWords()));
    call.on("trouble", (fault) => this.#explain(fault));
    call.on("ended", ({ fault }) => {
      this.#signal.clear();
      if (fault) this.#explain(fault);
      const { id } = call;
      if (id !== null) void this.#aftermath.show(id, () => call.phase === "ended" && call.id === id);
    });
  }

  #take(message: PageMessage): void {
    if (message.type === "hello") this.#blank(); // told from its beginning, and again to a page that has come back
    this.#conversation.take(message);
    this.#margin.take(message);
    this.#card.take(message);
    this.#signal.take(message);
    this.#conversation.follow();
    if (message.type !== "state") return;
    this.#ring.state = message.state;
    this.#state.dataset["state"] = message.state;
    this.#say(this.#stateWords());
    this.#specialist = message.specialist;
    this.#showWith();
  }

  #show(phase: Phase): void {
    document.body.dataset["phase"] = phase;
    const [live, ended] = [phase === "live", phase === "ended"];
    const fresh = phase === "idle" || (ended && this.call.id === null); // what never became a call leaves nothing to read
    byId("welcome", HTMLElement).hidden = !fresh && phase !== "opening";
    byId("talk", HTMLElement).hidden = fresh || phase === "opening";
    byId("ptt-mode", HTMLElement).hidden = phase !== "idle" && !ended;
    this.#orb.textContent = { idle: "Call", opening: "Cancel", calling: "Cancel", live: "", ended: fresh ? "Call" : "Call again" }[phase];
    this.#orb.hidden = live;
    this.#hangUp.hidden = this.#mute.hidden = this.#onHold.hidden = this.#type.hidden = !live;
    this.#ring.state = live ? this.call.state : ended ? "ended" : phase === "idle" ? "idle" : "connecting";
    this.#state.dataset["state"] = live ? this.call.state : phase;
    this.#say(live ? this.#stateWords() : PHASE_WORDS[phase]);
    this.#showMuted(this.call.muted);
    this.#showHeld();
    this.#overTcp = false;
    this.#showWith();
    if (live) void this.#lookAtPath();
    if (live) byId("dock", HTMLElement).focus({ preventScroll: true });
  }

  #showMuted(muted: boolean): void {
    const live = this.call.phase === "live";
    const held = this.#hold.getAttribute("aria-pressed") === "true";
    this.#mute.setAttribute("aria-pressed", String(muted));
    this.#mute.textContent = muted ? "Unmute" : "Mute";
    this.#hold.hidden = !live || !(muted || held);
    this.#hold.textContent = held ? "Talking" : "Hold to talk";
    document.body.dataset["muted"] = String(live && muted);
  }

  #showHeld(): void {
    const live = this.call.phase === "live";
    const held = live && this.call.held;
    this.#onHold.setAttribute("aria-pressed", String(held));
    this.#onHold.textContent = held ? "Resume" : "Hold";
    document.body.dataset["held"] = String(held);
    if (live) this.#say(this.#stateWords());
  }

  #stateWords(): string {
    return this.call.held ? "On hold" : STATE_WORDS[this.call.state];
  }

  async #lookAtPath(): Promise<void> {
    const quality = await this.call.quality();
    this.#overTcp = this.call.phase === "live" && quality?.path === "tcp";
    this.#showWith();
  }

  #showWith(): void {
    const busy = this.call.phase === "live" || this.call.phase === "calling" || this.call.phase === "ended";
    const title = busy ? (this.#agents.chosen?.title ?? "") : "";
    const way = this.call.way === "websocket" ? "over WebSocket" : this.#overTcp ? "over TCP" : "";
    this.#with.textContent = [title, title && humanise(this.#specialist), way].filter(Boolean).join(" · ");
  }

  #say(words: string): void {
    if (this.#state.textContent !== words) this.#state.textContent = words;
  }
}

function asFault(error: unknown): CallFault {
  return error instanceof CallFault ? error : new CallFault("refused", undefined, { cause: error });
}
