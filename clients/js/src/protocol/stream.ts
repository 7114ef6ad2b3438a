// Audio over WebSocket. Made from protocol/stream.schema.json by tools/generate_protocol.py; change it there.

/**
 * The call has been admitted, or come back to; always the first message. `resume` brings a caller who loses
 * this socket back to the call, once.
 */
export interface StreamOpened {
  readonly type: "stream";
  readonly call_id: string;
  readonly format: "pcm16" | "opus";
  readonly rate_hz: number;
  readonly frame_ms: number;
  readonly resume: string;
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

/** The answer to a ping, with its number. */
export interface Pong {
  readonly type: "pong";
  readonly n: number;
}

/**
 * From the page: is anybody there? A client that sends one a second is told to be lost when nothing comes for
 * three; one that sends none may be silent for as long as it likes.
 */
export interface Ping {
  readonly type: "ping";
  readonly n: number;
}

/** What only a WebSocket says to the page. */
export type StreamMessage = StreamOpened | Mark | Clear | Pong;

export const streamMessageTypes = [
  "stream", "mark", "clear", "pong"
] as const satisfies readonly StreamMessage["type"][];
