import type { Ticket } from "@antiphon/client";

const KEY = "antiphon.left";
/** The server keeps a lost caller's place for 35 s, and the way back takes a few. */
const KEPT_MS = 30_000;

/** A call that this tab was in when its page went away. */
export interface LeftCall {
  readonly ticket: Ticket;
  readonly agent: string;
}

/** Keep the way back for a page that is being reloaded: the tab's own storage survives that, and not the tab. */
export function rememberLeft(left: LeftCall): void {
  sessionStorage.setItem(KEY, JSON.stringify({ ...left, at: Date.now() }));
}

/** The call this tab was in, if it can still be come back to. Told once: its ticket opens once. */
export function takeLeft(): LeftCall | null {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (kept === null) return null;
  const { at, ...left } = JSON.parse(kept) as LeftCall & { at: number };
  return Date.now() - at < KEPT_MS ? left : null;
}
