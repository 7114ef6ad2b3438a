import { CallFault, type AntiphonServer, type CallRecord } from "@antiphon/client";
import type { Card } from "./card.js";
import { byId } from "./elements.js";
import { lasted, OUTCOME_WORDS, sounded } from "./words.js";

const TRIES = 12;
const BETWEEN_MS = 500;

/** What remains of a call: how it ended, its picture, and the way to its record and journal. */
export class Aftermath {
  readonly #section = byId("after", HTMLElement);
  readonly #title = byId("after-title", HTMLElement);
  readonly #ending = byId("ending", HTMLElement);
  readonly #sound = byId("sound", HTMLElement);
  readonly #picture = byId("timeline", HTMLImageElement);

  constructor(
    private readonly server: AntiphonServer,
    private readonly card: Card,
  ) {}

  clear(): void {
    this.#section.hidden = true;
    this.#picture.removeAttribute("src");
    this.#ending.textContent = this.#sound.textContent = "";
  }

  /** Show what is left of `call`; `still` says whether the reader is still at it. */
  async show(call: string, still: () => boolean): Promise<void> {
    const record = await this.#written(call);
    if (!still()) return;
    this.#link("link-record", this.server.callAddress(call));
    this.#link("link-journal", this.server.callAddress(call, "/journal"));
    this.#link("link-timeline", this.server.callAddress(call, "/timeline.svg"));
    this.#section.hidden = false;
    if (record === null) {
      this.#ending.textContent = "The record of this call cannot be fetched at the moment.";
      return;
    }
    const slots = Object.entries(record.slots).map(([name, slot]) => [name, slot.value] as const);
    this.card.complete(record.outcome, record.reference, Object.fromEntries(slots));
    const outcome = record.outcome === null ? "Ended" : (OUTCOME_WORDS[record.outcome] ?? record.outcome);
    this.#ending.textContent = `${outcome}, after ${lasted(record.duration_ms)}.`;
    this.#sound.textContent = sounded(record.quality);
    this.#picture.src = this.server.callAddress(call, "/timeline.svg");
    this.#title.focus({ preventScroll: true });
    this.#section.scrollIntoView({ block: "nearest" });
  }

  /** The record, once it is complete: it is written when the last tool has answered. */
  async #written(call: string): Promise<CallRecord | null> {
    let record: CallRecord | null = null;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      try {
        record = await this.server.record(call);
      } catch (error) {
        if (error instanceof CallFault && error.kind === "server_gone") return null;
      }
      if (record?.ended) return record;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
    return record;
  }

  #link(id: string, address: string): void {
    byId(id, HTMLAnchorElement).href = address;
  }
}
