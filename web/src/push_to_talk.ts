import type { AntiphonCall } from "@antiphon/client";

/** While the caller is muted, holding the orb or the space bar lets them be heard. */
export function offerPushToTalk(call: AntiphonCall, hold: HTMLButtonElement): void {
  let held = false;
  const set = (talking: boolean): void => {
    if (talking === held || (talking && (call.phase !== "live" || !call.muted))) return;
    held = talking;
    hold.setAttribute("aria-pressed", String(talking));
    call.mute(!talking);
  };
  hold.addEventListener("pointerdown", (event) => {
    hold.setPointerCapture(event.pointerId);
    set(true);
  });
  for (const over of ["pointerup", "pointercancel", "lostpointercapture"] as const) hold.addEventListener(over, () => set(false));
  hold.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a phone
  document.addEventListener("keydown", (event) => {
    if (event.code !== "Space" || !mayHold(event.target, hold) || (!held && !call.muted)) return;
    event.preventDefault();
    if (!event.repeat) set(true);
  });
  document.addEventListener("keyup", (event) => event.code === "Space" && set(false));
  // Nobody talks into a window they have left.
  addEventListener("blur", () => set(false));
}

/** Space belongs to text fields and to other buttons. */
function mayHold(target: EventTarget | null, hold: HTMLElement): boolean {
  if (target === hold) return true;
  return !(target instanceof Element && target.closest("input, textarea, select, button, a, summary, [contenteditable]"));
}
