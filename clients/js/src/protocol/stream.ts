// Audio over WebSocket. Made from protocol/stream.schema.json by tools/generate_protocol.py; change it there.

/** The call has been admitted; always the first message. */
export interface StreamOpened {
  readonly type: "stream";
  readonly call_id: string;
  readonly format: "pcm16" | "opus";
  readonly rate_hz: number;
  readonly frame_ms: number;
}

/**
 * The audio sent so far ends `position_ms` into `reply`. When it has been played, say so with a `playout`
 * message.
 */
export interface Mark {
  readonly type: "mark";
  readonly reply: number;
  readonly position_ms: number;
}

/** Drop what has not been played of `reply`: the agent was interrupted. */
export interface Clear {
  readonly type: "clear";
  readonly reply: number;
}

/** What only a WebSocket says to the page. */
export type StreamMessage = StreamOpened | Mark | Clear;

export const streamMessageTypes = [
  "stream", "mark", "clear"
] as const satisfies readonly StreamMessage["type"][];
