/** How well a call's audio travels; null where the browser has not measured it yet. */
export interface Quality {
  readonly roundTripMs: number | null;
  readonly jitterMs: number | null;
  /** Packets of the agent's voice that never came. */
  readonly lost: number;
  /** How long received audio has waited in the browser's jitter buffer, on average over the call. */
  readonly bufferMs: number | null;
  /** host, srflx, prflx or relay: which way the packets go; tcp where they go to the server over TCP; websocket. */
  readonly path: string | null;
}

/** Reads the figures that matter out of a statistics report (W3C webrtc-stats; times there are seconds). */
export function quality(report: RTCStatsReport): Quality {
  const all = [...report.values()] as Record<string, unknown>[];
  const inbound = all.find((stats) => stats["type"] === "inbound-rtp") ?? {};
  const pair = selected(all);
  const local = all.find((stats) => stats["id"] === pair["localCandidateId"]) ?? {};
  const emitted = number(inbound["jitterBufferEmittedCount"]);
  const waited = number(inbound["jitterBufferDelay"]);
  return {
    roundTripMs: milliseconds(number(pair["currentRoundTripTime"])),
    jitterMs: milliseconds(number(inbound["jitter"])),
    lost: number(inbound["packetsLost"]) ?? 0,
    bufferMs: emitted && waited !== null ? milliseconds(waited / emitted) : null,
    path: path(local),
  };
}

/** The pair in use. Several may have been nominated in the course of a call; Firefox names none in its transport. */
function selected(all: Record<string, unknown>[]): Record<string, unknown> {
  const transport = all.find((stats) => stats["type"] === "transport");
  const pairs = all.filter((stats) => stats["type"] === "candidate-pair");
  const named = pairs.find((stats) => stats["id"] === transport?.["selectedCandidatePairId"]);
  return named ?? pairs.find((stats) => stats["nominated"] === true) ?? {};
}

/** A relay's candidate tells how the packets leave the relay; any other how they leave the browser. */
function path(local: Record<string, unknown>): string | null {
  const type = local["candidateType"];
  if (typeof type !== "string") return null;
  return local["protocol"] === "tcp" && type !== "relay" ? "tcp" : type;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000);
}
