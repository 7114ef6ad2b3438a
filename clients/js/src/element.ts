import { AntiphonCall } from "./call.js";
import { CallFault } from "./faults.js";
import type { CallState } from "./protocol/page.js";
import { AntiphonServer } from "./server.js";
import { browser } from "./platform.js";

const WORDS: Readonly<Record<CallState, string>> = {
  connecting: "Connecting…",
  listening: "Listening",
  hearing: "Hearing you",
  thinking: "Thinking…",
  speaking: "Speaking",
  paused: "Go on",
  ended: "",
};

const STYLE = `
:host { display: inline-flex; align-items: center; gap: 0.75em; font: inherit }
button { font: inherit; padding: 0.6em 1.2em; border: 0; border-radius: 2em; cursor: pointer;
  background: var(--antiphon-colour, #b1481f); color: var(--antiphon-text, #fff) }
button:focus-visible { outline: 2px solid currentcolor; outline-offset: 2px }`;

/**
 * `<antiphon-call agent="salon">`: a button that calls, and what the call is doing. Its `call` is the AntiphonCall behind it;
 * `server` names another address than the page's own. Style it by `--antiphon-colour`, `--antiphon-text` and the parts
 * `button` and `status`. Importing this module defines the element.
 */
export class AntiphonCallElement extends HTMLElement {
  #call: AntiphonCall | null = null;
  readonly #button = document.createElement("button");
  readonly #status = document.createElement("span");

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // allowed by a content policy without inline styles
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#button.type = "button";
    this.#button.setAttribute("part", "button");
    this.#status.setAttribute("part", "status");
    this.#status.setAttribute("role", "status");
    root.append(this.#button, this.#status);
    this.#button.addEventListener("click", () => void this.#press());
  }

  /** The call behind the button. Setting it lets a page bring its own platform or server. */
  get call(): AntiphonCall {
    if (!this.#call) this.call = new AntiphonCall(this.#server());
    return this.#call as AntiphonCall;
  }

  set call(call: AntiphonCall) {
    this.#call = call;
    call.on("phase", () => this.#show());
    call.on("state", (state) => (this.#status.textContent = WORDS[state]));
    call.on("ended", ({ fault }) => (this.#status.textContent = fault?.message ?? ""));
  }

  connectedCallback(): void {
    this.#show();
  }

  disconnectedCallback(): void {
    this.#call?.leave();
  }

  #server(): AntiphonServer {
    const base = this.getAttribute("server");
    return base === null ? new AntiphonServer(browser()) : new AntiphonServer(browser(), base);
  }

  async #press(): Promise<void> {
    const { call } = this;
    if (call.phase !== "idle" && call.phase !== "ended") return call.hangUp();
    const agent = this.getAttribute("agent");
    try {
      await call.connect(agent === null ? {} : { agent });
    } catch (error) {
      if (!(error instanceof CallFault)) throw error; // a fault is told by `ended`
    }
  }

  #show(): void {
    const phase = this.#call?.phase ?? "idle";
    this.#button.textContent = phase === "idle" || phase === "ended" ? (this.getAttribute("label") ?? "Call") : "End call";
    if (phase === "opening" || phase === "calling") this.#status.textContent = WORDS.connecting;
  }
}

customElements.define("antiphon-call", AntiphonCallElement);
