import type { PageMessage, Slot, Tool } from "@antiphon/client";
import { make } from "./elements.js";
import { humanise, readable, took } from "./words.js";

/** The margin beside the conversation: values as they are understood, and what the agent looks up. */
export class Margin {
  #slots = new Map<string, HTMLElement>();
  #tools = new Map<number, HTMLElement>();
  #asked: string | null = null;

  constructor(
    private readonly margin: HTMLElement,
    private readonly slots: HTMLElement,
    private readonly work: HTMLElement,
    private readonly tools: HTMLElement,
  ) {}

  /** A new call, an empty margin. */
  clear(): void {
    this.#slots.clear();
    this.#tools.clear();
    this.#asked = null;
    this.slots.replaceChildren();
    this.tools.replaceChildren();
    this.work.hidden = true;
    this.margin.hidden = true;
  }

  /** Show what a message changes here. */
  take(message: PageMessage): void {
    if (message.type === "slot") this.#note(message);
    else if (message.type === "expect") this.#ask(message.slot);
    else if (message.type === "tool") this.#use(message);
    else if (message.type === "bye") this.#ask(null);
  }

  #note(slot: Slot): void {
    const entry = this.#entry(slot.name);
    const value = slot.value === null ? "" : readable(slot.value);
    entry.dataset["status"] = slot.status;
    const written = make("dd", { "data-testid": `slot-${slot.name}` }, value || "—");
    if (slot.said && slot.said.toLowerCase() !== value.toLowerCase()) written.title = `“${slot.said}”`;
    entry.querySelector("dd")?.replaceWith(written);
  }

  /** What is asked for now waits at the end of the list. */
  #ask(slot: string | null): void {
    const before = this.#asked === null ? undefined : this.#slots.get(this.#asked);
    if (before?.dataset["status"] === "asked") {
      before.remove();
      this.#slots.delete(this.#asked ?? "");
    }
    this.#asked = slot;
    if (slot !== null && !this.#slots.has(slot)) this.#entry(slot);
  }

  #entry(name: string): HTMLElement {
    const known = this.#slots.get(name);
    if (known) return known;
    const entry = make("div", { class: "slot", "data-status": "asked" }, make("dt", {}, humanise(name)), make("dd", {}, "…"));
    this.#slots.set(name, entry);
    this.slots.append(entry);
    this.margin.hidden = false;
    return entry;
  }

  #use(tool: Tool): void {
    const item = this.#tools.get(tool.call) ?? this.#begin(tool);
    item.dataset["status"] = tool.status;
    const detail = item.querySelector(".took");
    if (!detail) return;
    if (tool.status === "started") detail.textContent = "…";
    else detail.textContent = `${tool.status === "failed" ? `${reason(tool.result)} · ` : ""}${took(tool.duration_ms ?? 0)}`;
  }

  #begin(tool: Tool): HTMLElement {
    const given = Object.entries(tool.arguments ?? {}).map(([name, value]) => `${name}: ${plain(value)}`);
    const item = make(
      "li",
      { "data-testid": `tool-${tool.name}`, "data-call": String(tool.call), title: given.join("\n") },
      make("span", { class: "tool" }, humanise(tool.name)),
      make("span", { class: "took" }),
    );
    this.#tools.set(tool.call, item);
    this.tools.append(item);
    this.work.hidden = false;
    this.margin.hidden = false;
    return item;
  }
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function reason(result: unknown): string {
  const code = (result as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code.replaceAll("_", " ") : "failed";
}
