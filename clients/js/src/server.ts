import { answerFault, CallFault } from "./faults.js";
import type { Ticket } from "./line.js";
import type { Platform } from "./platform.js";
import type { AgentList, AgentSummary, CallList, SessionExchange, VoiceAnswer, VoiceOffer } from "./protocol/http.js";
import type { CallRecord } from "./protocol/record.js";

const PATIENCE_MS = 10_000;

/** One Antiphon server, spoken to from its own page: the same-origin cookie says who asks. Methods throw CallFault. */
export class AntiphonServer {
  constructor(
    private readonly platform: Pick<Platform, "fetch">,
    /** Its address without a path. */
    readonly base: string = location.origin,
  ) {}

  /** Exchange a one-time key for the cookie. */
  async openSession(key: string): Promise<void> {
    await this.post("/api/session", { key } satisfies SessionExchange);
  }

  /** Who can be called. */
  async agents(): Promise<readonly AgentSummary[]> {
    return (await this.get<AgentList>("/api/agents")).agents;
  }

  /** Begin a call, or come back to one. */
  async offer(offer: VoiceOffer, patienceMs = PATIENCE_MS): Promise<VoiceAnswer> {
    const response = await this.post("/api/voice/offer", offer, patienceMs);
    try {
      return (await response.json()) as VoiceAnswer;
    } catch (error) {
      throw new CallFault("server_gone", undefined, { cause: error }); // broken off half-way, as lost as one that never came
    }
  }

  /** End a call from outside it; works while the page is being closed. */
  async hangUp(call: string): Promise<void> {
    await this.ask(`/api/calls/${encodeURIComponent(call)}/hangup`, { method: "POST", keepalive: true });
  }

  /** Newest first. */
  async calls(): Promise<CallList> {
    return this.get<CallList>("/api/calls");
  }

  /** What is known about a call, also while it runs. */
  async record(call: string): Promise<CallRecord> {
    return this.get<CallRecord>(`/api/calls/${encodeURIComponent(call)}`);
  }

  /** Whether the server answers at all. */
  async alive(): Promise<boolean> {
    try {
      return (await this.ask("/healthz")).ok;
    } catch {
      return false;
    }
  }

  /** The address of something that belongs to a call. */
  callAddress(call: string, part: "" | "/journal" | "/timeline.svg" = ""): string {
    return `${this.base}/api/calls/${encodeURIComponent(call)}${part}`;
  }

  /** The address of a call's signalling socket. */
  signalAddress(call: string): string {
    return `${this.base.replace(/^http/, "ws")}/api/voice/signal?call_id=${encodeURIComponent(call)}`;
  }

  /** The address of a call over WebSocket: of a new one, or of one to come back to. */
  streamAddress(agent: string | null, ticket: Ticket | null = null): string {
    const query = new URLSearchParams();
    if (ticket !== null) {
      query.set("call_id", ticket.call);
      query.set("resume", ticket.resume);
    } else if (agent !== null) query.set("agent", agent);
    return `${this.base.replace(/^http/, "ws")}/api/voice/ws${query.size > 0 ? `?${query}` : ""}`;
  }

  private async get<Body>(path: string): Promise<Body> {
    return (await (await this.ask(path)).json()) as Body;
  }

  private post(path: string, body: object, patienceMs = PATIENCE_MS): Promise<Response> {
    const headers = { "Content-Type": "application/json" };
    return this.ask(path, { method: "POST", headers, body: JSON.stringify(body) }, patienceMs);
  }

  private async ask(path: string, init: RequestInit = {}, patienceMs = PATIENCE_MS): Promise<Response> {
    let response: Response;
    try {
      const signal = AbortSignal.timeout(patienceMs);
      response = await this.platform.fetch(this.base + path, { credentials: "same-origin", signal, ...init });
    } catch (error) {
      throw new CallFault("server_gone", undefined, { cause: error });
    }
    if (!response.ok) throw await answerFault(response);
    return response;
  }
}

/**
 * The one-time key in the address's fragment (`#key=…`), if there is one. The fragment is taken out of the address at
 * once, so that it is in no bookmark, screenshot or history.
 */
export function takeKey(place: Location = location, past: History = history): string | null {
  const fragment = new URLSearchParams(place.hash.slice(1));
  const key = fragment.get("key");
  if (key === null) return null;
  fragment.delete("key");
  const rest = fragment.size > 0 ? `#${fragment}` : "";
  past.replaceState(past.state, "", place.pathname + place.search + rest);
  return key;
}
