// The server's HTTP routes that a caller needs.

import { Trouble, troubleOf } from "./trouble";

export interface AgentSummary {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly problem: string | null;
}

export interface Answer {
  readonly sdp: string;
  readonly type: "answer";
  readonly call_id: string;
}

async function ask(path: string, body?: unknown): Promise<Response> {
  const init: RequestInit = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(path, { ...init, headers: { "Content-Type": "application/json" } }).catch(() => {
    throw new Trouble("server-gone");
  });
  if (!response.ok) throw await troubleOf(response);
  return response;
}

/** Spend the one-time key of the address's fragment for a cookie, and take it out of the address. */
export async function openSession(location: Location, history: History): Promise<void> {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return;
  history.replaceState(null, "", location.pathname + location.search);
  await ask("/api/session", { key });
}

/** Who can be called. */
export async function listAgents(): Promise<readonly AgentSummary[]> {
  const body = (await (await ask("/api/agents")).json()) as { agents: AgentSummary[] };
  return body.agents;
}

/** Send an offer; the answer names the call. */
export async function sendOffer(sdp: string, agent: string): Promise<Answer> {
  return (await (await ask("/api/voice/offer", { sdp, type: "offer", agent })).json()) as Answer;
}
