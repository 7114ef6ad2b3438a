// The record of a call. Made from protocol/record.schema.json by tools/generate_protocol.py; change it there.

/**
 * How a call ended: the task was carried out, questions were answered, a person took over, a message was taken,
 * the caller left, or we could not go on.
 */
export type Outcome = "done" | "answered" | "human" | "callback" | "abandoned" | "failed";

/**
 * How it is known what the caller heard: reported by the client, aligned word times, estimated from the text,
 * or all of it.
 */
export type HeardBasis = "acked" | "aligned" | "estimated" | "whole";

/** Understood, or agreed to by the caller. */
export type SlotState = "filled" | "confirmed";

/** A value the caller gave. */
export interface RecordedSlot {
  /** Canonical. @personal */
  readonly value: string;
  /** The caller's words. @personal */
  readonly said: string;
  /** The caller's turn they came in. */
  readonly turn: number;
  readonly status: SlotState;
}

/** A turn of the transcript. For the agent `text` is what was heard, `said` what would have been. */
export interface RecordedTurn {
  readonly who: "caller" | "agent";
  readonly number: number;
  /** @personal */
  readonly text: string;
  readonly started_ms: number;
  readonly ended_ms: number;
  readonly typed: boolean;
  /** @personal */
  readonly said: string;
  readonly cut: boolean;
  /** Of the reply's audio. */
  readonly heard_ms: number;
  /** Empty for the caller. */
  readonly basis: HeardBasis | "";
}

/** A tool call. `ok` is null when there is no answer. */
export interface RecordedTool {
  readonly tool_call: number;
  readonly tool: string;
  /** As sent. @personal */
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly reply: number;
  readonly started_ms: number;
  readonly ok: boolean | null;
  /** As returned; on failure {code, say, retryable}. @personal */
  readonly result: unknown;
  readonly duration_ms: number | null;
}

/** Where an answered turn's time went; null where a stage did not happen. */
export interface RecordedLatency {
  readonly turn: number;
  readonly ended_ms: number;
  readonly taken_ms: number;
  readonly hearing_ms: number | null;
  readonly endpointing_ms: number | null;
  readonly thinking_ms: number | null;
  readonly acting_ms: number | null;
  readonly speaking_ms: number | null;
  readonly playout_ms: number | null;
  readonly total_ms: number | null;
}

/**
 * How a voice reached its listener over the whole call. Scores are estimates by the E-model (ITU-T G.107), 1 to
 * 4.5 on the telephone's scale. Null is what nobody could measure.
 */
export interface Travelled {
  /** Of the score: 1 poor, 2 fair, 3 good, 4 very good, by the lines of ITU-T G.109. */
  readonly grade: number;
  /** Of the whole call. */
  readonly mos: number;
  /** Of its worst ten seconds. */
  readonly worst_mos: number;
  /** Of its packets. */
  readonly loss_percent: number;
  /** Packets that never came themselves. */
  readonly lost: number;
  /** Packets. */
  readonly received: number;
  /** On average, as RFC 3550 has it. */
  readonly jitter_ms: number;
  /** There and back, on average. */
  readonly rtt_ms: number | null;
  /** Of the lost, those heard from a copy in another packet (RED, in-band FEC). */
  readonly recovered: number | null;
  /** Made up for the listener. */
  readonly concealed_ms: number | null;
  /** How often the encoder was changed for one that bears loss better, or back. */
  readonly mode_changes: number | null;
}

/** How the two voices travelled; null where too little was said, or nobody reports. */
export interface RecordedQuality {
  readonly caller: Travelled | null;
  readonly agent: Travelled | null;
}

/** Everything a business asks about a call. */
export interface CallRecord {
  readonly call: string;
  readonly tenant: string;
  readonly agent: string;
  readonly agent_version: string;
  readonly channel: string;
  /** The caller's address, where the channel has one. @personal */
  readonly caller: string | null;
  /** The business's IANA zone. */
  readonly zone: string;
  readonly started: string;
  readonly ended: string | null;
  readonly duration_ms: number;
  readonly outcome: Outcome | null;
  readonly end_reason: string | null;
  readonly reference: string | null;
  readonly specialist: string;
  readonly task: string | null;
  readonly slots: Readonly<Record<string, RecordedSlot>>;
  readonly transcript: readonly RecordedTurn[];
  readonly tools: readonly RecordedTool[];
  readonly latency: readonly RecordedLatency[];
  readonly barge_ins: number;
  readonly false_barge_ins: number;
  readonly reprompts: number;
  readonly silences: number;
  readonly quality: RecordedQuality;
}
