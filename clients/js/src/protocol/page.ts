// The data channel `antiphon`. Made from protocol/page.schema.json by tools/generate_protocol.py; change it there.

import type { HeardBasis, Outcome } from "./record.js";

/**
 * Connecting; the agent waits for words, takes them in, thinks, speaks, has paused because it may be
 * interrupted; the call is over.
 */
export type CallState = "connecting" | "listening" | "hearing" | "thinking" | "speaking" | "paused" | "ended";

/** The call has begun; always the first message. */
export interface Hello {
  readonly type: "hello";
  readonly seq: number;
  readonly at_ms: number;
  readonly call_id: string;
  readonly agent: string;
  readonly protocol: 1;
}

/** Who holds the floor now. */
export interface State {
  readonly type: "state";
  readonly seq: number;
  readonly at_ms: number;
  readonly state: CallState;
  readonly specialist: string;
}

/** What the caller seems to be saying; replaces the interim before it. */
export interface InterimWords {
  readonly type: "interim";
  readonly seq: number;
  readonly at_ms: number;
  /** Number of the caller's turn. */
  readonly turn: number;
  /** @personal */
  readonly text: string;
}

/** A whole turn of the caller's. */
export interface FinalWords {
  readonly type: "final";
  readonly seq: number;
  readonly at_ms: number;
  /** Number of the caller's turn. */
  readonly turn: number;
  /** @personal */
  readonly text: string;
}

/** The next piece of what a reply will say, as it is made; pieces of one reply are joined as they are. */
export interface Say {
  readonly type: "say";
  readonly seq: number;
  readonly at_ms: number;
  /** Number of the agent's reply. */
  readonly reply: number;
  /** @personal */
  readonly text: string;
}

/** What the caller really heard of a reply; the last word on it. What is missing from the end was never heard. */
export interface Heard {
  readonly type: "heard";
  readonly seq: number;
  readonly at_ms: number;
  /** Number of the agent's reply. */
  readonly reply: number;
  /** @personal */
  readonly text: string;
  /** The caller interrupted. */
  readonly cut: boolean;
  readonly basis: HeardBasis;
}

/** A tool is at work. `arguments` come with started, `result` and `duration_ms` with done and failed. */
export interface Tool {
  readonly type: "tool";
  readonly seq: number;
  readonly at_ms: number;
  /** Number of the tool call. */
  readonly call: number;
  readonly name: string;
  readonly status: "started" | "done" | "failed";
  /** As sent. @personal */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** As returned; on failure {code, say, retryable}. @personal */
  readonly result?: unknown;
  readonly duration_ms?: number;
}

/** A value was understood, agreed to or taken back. */
export interface Slot {
  readonly type: "slot";
  readonly seq: number;
  readonly at_ms: number;
  readonly name: string;
  /** Canonical; null when forgotten. @personal */
  readonly value: string | null;
  /** The caller's words. @personal */
  readonly said?: string;
  /** The caller's turn they came in. */
  readonly turn?: number;
  readonly status: "filled" | "confirmed" | "forgotten";
}

/** Another specialist takes over. */
export interface HandOff {
  readonly type: "handoff";
  readonly seq: number;
  readonly at_ms: number;
  readonly from: string;
  readonly to: string;
}

/** What the agent asks for now. */
export interface Expect {
  readonly type: "expect";
  readonly seq: number;
  readonly at_ms: number;
  /** A slot's type, yes_no, choice or open. */
  readonly kind: string;
  readonly slot: string | null;
}

/** What the call came to; may be told more than once, the last one stands. */
export interface Recorded {
  readonly type: "record";
  readonly seq: number;
  readonly at_ms: number;
  readonly outcome: Outcome;
  readonly reference: string | null;
  /** @personal */
  readonly slots: Readonly<Record<string, string>>;
}

/** Something went wrong and the call goes on. */
export interface Trouble {
  readonly type: "error";
  readonly seq: number;
  readonly at_ms: number;
  readonly code: "hearing" | "thinking";
  readonly message: string;
}

/**
 * How a voice reaches its listener; told when the grade of the last ten seconds changes. Counts are of the call
 * so far.
 */
export interface VoiceQuality {
  readonly type: "quality";
  readonly seq: number;
  readonly at_ms: number;
  readonly speaker: "caller" | "agent";
  /** 1 poor, 2 fair, 3 good, 4 very good: the lines of ITU-T G.109. */
  readonly grade: number;
  /** Of the last ten seconds, by the E-model. */
  readonly mos: number;
  readonly loss_percent: number;
  readonly jitter_ms: number;
  readonly rtt_ms: number | null;
}

/** The call is over; always the last message. */
export interface Bye {
  readonly type: "bye";
  readonly seq: number;
  readonly at_ms: number;
  readonly reason: string;
}

/** A line typed instead of spoken: a whole turn. */
export interface TypedText {
  readonly type: "text";
  /** @personal */
  readonly text: string;
}

/** How much of a reply has left the loudspeaker; makes the ledger's basis `acked`. */
export interface Playout {
  readonly type: "playout";
  readonly reply: number;
  readonly position_ms: number;
}

/** The caller muted or unmuted the microphone. For information: silence is sent while muted. */
export interface Mute {
  readonly type: "mute";
  readonly muted: boolean;
}

/**
 * The caller holds the call or takes it up again: meanwhile nothing is said, asked or listened to. Over WebRTC
 * an offer whose audio is `inactive` says the same.
 */
export interface Hold {
  readonly type: "hold";
  readonly held: boolean;
}

/** The caller ends the call. */
export interface HangUp {
  readonly type: "hangup";
}

/**
 * The page goes away and may come back with the call's resume token, as a reloaded one does: the connection's
 * end is not yet the call's.
 */
export interface Leaving {
  readonly type: "leaving";
}

/** From the server to the page. */
export type PageMessage =
  | Hello
  | State
  | InterimWords
  | FinalWords
  | Say
  | Heard
  | Tool
  | Slot
  | HandOff
  | Expect
  | Recorded
  | Trouble
  | VoiceQuality
  | Bye;

/** From the page to the server. */
export type CallerMessage = TypedText | Playout | Mute | Hold | HangUp | Leaving;

export const pageMessageTypes = [
  "hello", "state", "interim", "final", "say", "heard", "tool", "slot", "handoff", "expect", "record", "error",
  "quality", "bye"
] as const satisfies readonly PageMessage["type"][];

export const callerMessageTypes = [
  "text", "playout", "mute", "hold", "hangup", "leaving"
] as const satisfies readonly CallerMessage["type"][];
