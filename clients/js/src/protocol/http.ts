// HTTP bodies. Made from protocol/http.schema.json by tools/generate_protocol.py; change it there.

import type { Outcome } from "./record.js";

/**
 * Body of POST /api/session: the one-time key from the printed address's fragment. Answered by 204 and a same-
 * origin cookie.
 */
export interface SessionExchange {
  /** Works once. */
  readonly key: string;
}

/** An agent that can be called. */
export interface AgentSummary {
  /** What an offer names. */
  readonly name: string;
  /** What people read. */
  readonly title: string;
  readonly description: string;
  /** BCP 47. */
  readonly language: string;
  /** Things a caller may say. */
  readonly examples: readonly string[];
  /** Why the agent's edited file is not in use yet; null when all is well. */
  readonly problem: string | null;
}

/** Answer of GET /api/agents, the tenant's first agent first. */
export interface AgentList {
  readonly agents: readonly AgentSummary[];
}

/**
 * Body of POST /api/voice/offer: a new call, or, with `call_id` and `resume`, an offer of a caller who comes
 * back to one whose connection is lost: an ICE restart of the same peer connection, or a new one that takes its
 * place.
 */
export interface VoiceOffer {
  /** An SDP offer with an audio m-line; at most 64 KiB. */
  readonly sdp: string;
  readonly type: "offer";
  /** The tenant's first agent when absent. */
  readonly agent?: string | null;
  /** The call to come back to. */
  readonly call_id?: string | null;
  /** The token of the last answer. It opens once; the same offer with it is answered again the same. */
  readonly resume?: string | null;
}

/** An entry of a peer connection's `iceServers`; the credentials are the call's own, and good for an hour. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

/** Answer of POST /api/voice/offer: the call has begun, or goes on. */
export interface VoiceAnswer {
  readonly sdp: string;
  readonly type: "answer";
  /** Names the call in every other route. */
  readonly call_id: string;
  /** What a lost caller comes back with, once; null where the server cannot take callers back. */
  readonly resume: string | null;
  /** Relays for a client whose packets find no other way; empty where the server has none. */
  readonly iceServers: readonly IceServer[];
}

/** A line of the list of calls. */
export interface CallSummary {
  readonly call: string;
  readonly agent: string;
  /** webrtc, text, … */
  readonly channel: string;
  readonly started: string;
  /** Null while the call runs. */
  readonly ended: string | null;
  readonly outcome: Outcome | null;
  readonly reference: string | null;
}

/** Answer of GET /api/calls, newest first. */
export interface CallList {
  readonly calls: readonly CallSummary[];
  /** Ids of the calls in progress. */
  readonly running: readonly string[];
}

/** What went wrong, for a program (`code`) and for a person (`message`). */
export interface Fault {
  /** unauthorized, not_found, bad_request, busy, too_large, method_not_allowed, wrong_host, failed, … */
  readonly code: string;
  /** Says what to do. */
  readonly message: string;
  /** Where to read more. */
  readonly hint?: string;
}

/** Body of every answer that is not a success. */
export interface ErrorEnvelope {
  readonly error: Fault;
}
