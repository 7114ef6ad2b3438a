// What the agent understood and did: slots, tools, and the booking.

import type { PageMessage } from "../../clients/js/src/index";
import { element } from "./element";

type Of<Type extends PageMessage["type"]> = Extract<PageMessage, { type: Type }>;

const OUTCOMES: Record<string, string> = {
  done: "Done",
  answered: "Answered",
  human: "Handed to a person",
  callback: "Somebody will call back",
  abandoned: "Ended early",
  failed: "Something went wrong",
};

export class Facts {
  private readonly slots = element("slots");
  private readonly tools = element("tools");
  private readonly rows = new Map<string, HTMLElement>();
  private readonly calls = new Map<number, HTMLLIElement>();

  clear(): void {
    this.slots.replaceChildren();
    this.tools.replaceChildren();
    this.rows.clear();
    this.calls.clear();
    for (const id of ["booking", "slotsTitle", "toolsTitle"]) element(id).hidden = true;
  }

  slot(slot: Of<"slot">): void {
    element("slotsTitle").hidden = false;
    const row = this.rows.get(slot.name) ?? this.row(slot.name);
    row.className = slot.status;
    row.hidden = slot.value === null;
    row.lastElementChild!.textContent = slot.value ?? "";
  }

  private row(name: string): HTMLElement {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    term.textContent = name;
    row.append(term, document.createElement("dd"));
    this.rows.set(name, row);
    this.slots.append(row);
    return row;
  }

  tool(tool: Of<"tool">): void {
    element("toolsTitle").hidden = false;
    const line = this.calls.get(tool.call) ?? document.createElement("li");
    this.calls.set(tool.call, line);
    const took = document.createElement("span");
    took.textContent = tool.status === "started" ? "…" : `${tool.duration_ms ?? 0} ms`;
    line.className = tool.status;
    line.replaceChildren(tool.name.replaceAll("_", " "), took);
    this.tools.append(line);
  }

  record(record: Of<"record">): void {
    element("outcome").textContent = OUTCOMES[record.outcome] ?? record.outcome;
    element("reference").textContent = record.reference ?? "";
    element("booking").hidden = !record.reference;
  }
}
