import type { PageMessage } from "@antiphon/client";
import { make } from "./elements.js";
import { humanise, OUTCOME_WORDS, readable } from "./words.js";

/** What the call came to: a card that appears with the first reference and is complete when the record is. */
export class Card {
  #slots = new Map<string, string>();
  #reference: string | null = null;
  #outcome: string | null = null;

  constructor(private readonly card: HTMLElement) {}

  /** A new call, no card. */
  clear(): void {
    this.#slots.clear();
    this.#reference = this.#outcome = null;
    this.card.hidden = true;
    this.card.replaceChildren();
  }

  /** Show what a message changes here. */
  take(message: PageMessage): void {
    switch (message.type) {
      case "slot":
        if (message.value === null) this.#slots.delete(message.name);
        else this.#slots.set(message.name, message.value);
        break;
      case "tool":
        this.#reference = referenceIn(message.result) ?? this.#reference;
        break;
      case "record":
        this.complete(message.outcome, message.reference, message.slots);
        return;
      default:
        return;
    }
    if (this.#reference !== null) this.#draw();
  }

  /** The record's own words. */
  complete(outcome: string | null, reference: string | null, slots: Readonly<Record<string, string>>): void {
    this.#outcome = outcome;
    this.#reference = reference ?? this.#reference;
    this.#slots = new Map(Object.entries(slots));
    if (this.#reference !== null) this.#draw();
  }

  #draw(): void {
    const rows = [...this.#slots].map(([name, value]) =>
      make("div", {}, make("dt", {}, humanise(name)), make("dd", {}, readable(value))),
    );
    const outcome = this.#outcome === null ? "Your reference" : (OUTCOME_WORDS[this.#outcome] ?? humanise(this.#outcome));
    this.card.replaceChildren(
      make("p", { class: "card-outcome", "data-testid": "outcome" }, outcome),
      make("p", { class: "reference", "data-testid": "reference" }, this.#reference ?? ""),
      make("dl", {}, ...rows),
    );
    this.card.hidden = false;
  }
}

/** Tools that write answer with the reference they wrote under. */
function referenceIn(result: unknown): string | null {
  const reference = (result as { reference?: unknown } | null | undefined)?.reference;
  return typeof reference === "string" ? reference : null;
}
