import { CallFault, type FaultKind } from "@antiphon/client";
import { make } from "./elements.js";

const TITLES: Readonly<Record<FaultKind, string>> = {
  insecure_origin: "This address is not secure enough for a microphone",
  unsupported: "This browser cannot call",
  no_microphone: "No microphone",
  microphone_refused: "The microphone is not allowed",
  microphone_busy: "The microphone is taken",
  unauthorized: "This page needs a fresh address",
  busy: "All lines are taken",
  refused: "The call could not begin",
  server_gone: "The server is gone",
  network_blocked: "Sound cannot get through",
  connection_lost: "The connection was lost",
  silent_speaker: "The agent cannot be heard yet",
};

export interface NoticeAction {
  readonly label: string;
  readonly testid: string;
  readonly act: () => void;
}

/** What went wrong, in plain words, and what can be done about it. */
export class Notice {
  constructor(private readonly box: HTMLElement) {}

  show(fault: CallFault, actions: readonly NoticeAction[] = []): void {
    const buttons = actions.map(({ label, testid, act }) => {
      const button = make("button", { class: "plain", type: "button", "data-testid": testid }, label);
      button.addEventListener("click", act);
      return button;
    });
    this.box.dataset["kind"] = fault.kind;
    this.box.replaceChildren(
      make("strong", {}, TITLES[fault.kind]),
      make("p", {}, fault.message),
      make("div", { class: "notice-actions" }, ...buttons),
    );
    this.box.hidden = false;
  }

  clear(): void {
    this.box.hidden = true;
    delete this.box.dataset["kind"];
    this.box.replaceChildren();
  }
}

/** Whether typing still works after this fault. */
export function canType(fault: CallFault): boolean {
  return ["insecure_origin", "no_microphone", "microphone_refused", "microphone_busy"].includes(fault.kind);
}
