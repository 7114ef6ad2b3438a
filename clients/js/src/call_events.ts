import type { CallFault } from "./faults.js";
import type { Ticket, Way } from "./line.js";
import type { MicrophoneSource } from "./microphone.js";
import type { CallState, PageMessage } from "./protocol/page.js";

/** Where a call stands: not begun; the microphone is being asked for; the server is; media flows; over. */
export type Phase = "idle" | "opening" | "calling" | "live" | "ended";

export interface CallEvents {
  phase: Phase;
  /** Every message of the server's, in order. */
  message: PageMessage;
  /** The agent's state; also in `message`. */
  state: CallState;
  /** The agent's voice arrived: for a recorder or a visualiser. */
  received: MediaStream;
  muted: boolean;
  /** The call is on hold (true), or goes on. */
  held: boolean;
  /** How the audio travels; told when media flows, and when it flows another way. */
  way: Way;
  /** The path is interrupted (true) and being mended, or whole again (false); the call goes on. */
  weak: boolean;
  /** Something the caller can mend without ending the call. */
  trouble: CallFault;
  /** The call is over; `fault` is null when somebody hung up. */
  ended: { readonly reason: string; readonly fault: CallFault | null };
}

export interface CallOptions {
  readonly agent?: string | null;
  /** Come back to this call instead of beginning one: the `ticket` of a call that was left by a reload. */
  readonly ticket?: Ticket | null;
  readonly microphone?: MicrophoneSource;
  /** Begin muted, for push-to-talk. */
  readonly muted?: boolean;
}
