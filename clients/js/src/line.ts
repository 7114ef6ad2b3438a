import type { Emitter } from "./emitter.js";
import type { CallerMessage, PageMessage } from "./protocol/page.js";
import type { Quality } from "./quality.js";

/** Characters of a typed line: a server passes over a longer one (`TypedText` in protocol/page.schema.json). */
export const LONGEST_LINE = 2_000;

/** How a call's audio travels: packets of its own, or everything over one WebSocket. */
export type Way = "webrtc" | "websocket";

export interface LineEvents {
  /** The server told the page something. */
  message: PageMessage;
  /** The agent's voice. */
  audio: MediaStream;
  /** The media path changed. */
  path: RTCPeerConnectionState;
  /** The far end closed the line. */
  closed: undefined;
}

/** What brings a caller back to a call: good for one time, and for half a minute after the connection is lost. */
export interface Ticket {
  readonly call: string;
  readonly resume: string;
  /** How the call travelled when it was given. */
  readonly way: Way;
}

/** Whom to call; with a ticket, which call to come back to. */
export interface Destination {
  readonly agent: string | null;
  readonly ticket: Ticket | null;
  /** Whether the call is on hold. */
  readonly held?: boolean;
}

/** One way to have a call. */
export interface Line extends Emitter<LineEvents> {
  readonly way: Way;
  /** Whether packets get through no longer. */
  readonly broken: boolean;
  /** Whether a restart may find a way that the first attempt did not have: over a relay. */
  readonly relayed: boolean;
  /** What brings the caller back if this line breaks; null where nothing does. */
  readonly ticket: Ticket | null;

  /** Dial; resolves with the call's id once the server has named it. Throws CallFault. */
  dial(track: MediaStreamTrack | null, to: Destination): Promise<string>;

  /**
   * Look for another way between the two ends of a line that has lost its own; one whose dialling was not answered dials again as it
   * did. Throws CallFault where that cannot help.
   */
  restart(): Promise<void>;

  /** Stop both voices, or let them go on. Throws CallFault when the server does not hear of it. */
  hold(held: boolean): Promise<void>;

  /** Speak through another track from now on, or through none. */
  replaceTrack(track: MediaStreamTrack | null): Promise<void>;

  /** Tell the server; false while that is not possible. */
  send(message: CallerMessage): boolean;

  /** How well the audio travels. */
  quality(): Promise<Quality>;

  /** Everything sent, then closed; events stop at once. */
  close(): Promise<void>;
}

/** A message of the server's; null if it is not one. */
export function parseMessage(data: string): { readonly type: string } | null {
  try {
    const message: unknown = JSON.parse(data);
    const known = typeof message === "object" && message !== null && "type" in message;
    return known ? (message as { type: string }) : null;
  } catch {
    return null; // not ours; the protocol asks receivers to ignore it
  }
}
