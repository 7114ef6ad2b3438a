// Signalling. Made from protocol/signal.schema.json by tools/generate_protocol.py; change it there.

/** An RTCIceCandidateInit. With one bundled transport the m-line adds nothing. */
export interface Candidate {
  /** `candidate:…` without `a=`. */
  readonly candidate: string;
  readonly sdpMid?: string | null;
  readonly sdpMLineIndex?: number | null;
  readonly usernameFragment?: string | null;
}

/** One candidate, or null when there are no more. */
export interface Trickle {
  readonly type: "ice-candidate";
  readonly candidate: Candidate | null;
}

/**
 * Another offer of the peer connection that the call has: new ICE credentials restart ICE, a direction of
 * `inactive` or `recvonly` puts the agent on hold.
 */
export interface Reoffer {
  readonly type: "offer";
  readonly sdp: string;
}

/** The server's answer to it. */
export interface Reanswer {
  readonly type: "answer";
  readonly sdp: string;
}
