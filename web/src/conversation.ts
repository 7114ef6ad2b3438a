import type { PageMessage } from "@antiphon/client";
import { make } from "./elements.js";
import { humanise } from "./words.js";

interface Reply {
  readonly line: HTMLElement;
  readonly words: HTMLElement;
  said: string;
}

/**
 * The two voices, one line a turn. What the agent is about to say is pale until it has been heard; what was cut off
 * stays, struck through, because the caller may wonder.
 */
export class Conversation {
  #replies = new Map<number, Reply>();

  constructor(
    private readonly lines: HTMLElement,
    private readonly interim: HTMLElement,
    private readonly scroller: HTMLElement,
  ) {}

  /** A new call, a blank page. */
  clear(): void {
    this.#replies.clear();
    this.lines.replaceChildren();
    this.interim.textContent = "";
  }

  /** Show what a message changes here. */
  take(message: PageMessage): void {
    switch (message.type) {
      case "interim":
        this.interim.textContent = message.text;
        break;
      case "final":
        this.interim.textContent = "";
        this.#callerSaid(message.turn, message.text);
        break;
      case "say":
        this.#agentSays(message.reply, message.text);
        break;
      case "heard":
        this.#wasHeard(message.reply, message.text, message.cut);
        break;
      case "handoff":
        this.#aside(`${humanise(message.to)} takes over`);
        break;
      case "bye":
        this.interim.textContent = "";
        break;
      case "error":
        this.#aside(message.message);
        break;
      default:
        break;
    }
  }

  #callerSaid(turn: number, text: string): void {
    const words = make("p", {}, text || "…");
    this.lines.append(
      make("div", { class: "line caller", "data-testid": "turn-caller", "data-turn": String(turn) }, who("You"), words),
    );
  }

  #agentSays(number: number, text: string): void {
    const reply = this.#replies.get(number) ?? this.#begin(number);
    reply.said += text;
    reply.words.textContent = reply.said;
  }

  #begin(number: number): Reply {
    const words = make("p");
    const attributes = { class: "line agent pending", "data-testid": "turn-agent", "data-reply": String(number) };
    const line = make("div", attributes, who("Agent"), words);
    this.lines.append(line);
    const reply = { line, words, said: "" };
    this.#replies.set(number, reply);
    return reply;
  }

  /** Word for word the prefix that reached the caller's ear, and the rest that did not. */
  #wasHeard(number: number, heard: string, cut: boolean): void {
    const reply = this.#replies.get(number) ?? this.#begin(number);
    reply.line.classList.remove("pending");
    reply.line.dataset["cut"] = String(cut);
    const said = reply.said || heard;
    const rest = said.startsWith(heard) ? said.slice(heard.length) : "";
    if (!cut || rest.trim() === "") {
      reply.words.textContent = said;
      return;
    }
    const struck = make("s", { class: "unheard", "data-testid": "unheard" }, rest.trimStart());
    reply.words.replaceChildren(
      make("span", { "data-testid": "heard" }, heard),
      heard ? " " : "",
      make("span", { class: "unseen" }, "(you interrupted; not heard:) "),
      struck,
    );
  }

  #aside(text: string): void {
    this.lines.append(make("div", { class: "line aside", "data-testid": "aside" }, make("p", {}, text)));
  }

  /** Stay at the newest line unless the reader has scrolled up to read. */
  follow(): void {
    const { scroller } = this;
    const behind = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    if (behind < 240) scroller.scrollTop = scroller.scrollHeight;
  }
}

function who(name: string): HTMLElement {
  return make("span", { class: "who" }, name);
}
