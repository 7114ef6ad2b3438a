/** So many looks in a row find nothing new before the server counts as unheard: two of its reports have not come. */
const SILENT_LOOKS = 4;
/** Half a second: a look costs the browser a millisecond. */
export const LOOK_MS = 500;

/**
 * Whether the server is heard, by the browser's own counts. While packets leave, it reports on them once a second whatever the
 * agent does, so silence is no silence of the agent's. Looks are counted and not time: a page that was frozen knows nothing yet.
 */
export class Pulse {
  #sent = 0;
  #received = 0;
  #silent = 0;

  /** One look; whether the server is still heard. Where the browser counts no packets (Firefox), it always is. */
  look(report: RTCStatsReport): boolean {
    const all = [...report.values()] as Record<string, unknown>[];
    const received = count(all, "transport", "packetsReceived");
    const sent = count(all, "outbound-rtp", "packetsSent");
    if (received === null || sent === null) return true;
    const [came, left] = [received !== this.#received, sent !== this.#sent];
    [this.#received, this.#sent] = [received, sent];
    if (came) this.#silent = 0;
    else if (left) this.#silent += 1;
    return this.#silent < SILENT_LOOKS;
  }

  /** Begin anew. */
  reset(): void {
    this.#silent = 0;
  }
}

/** The sum over all of that type; null where none counts it. */
function count(all: Record<string, unknown>[], type: string, name: string): number | null {
  const counts = all.filter((stats) => stats["type"] === type).map((stats) => stats[name]);
  const numbers = counts.filter((value): value is number => typeof value === "number");
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0);
}
