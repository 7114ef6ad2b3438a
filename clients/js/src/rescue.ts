import { CallFault } from "./faults.js";

/** A call whose line is broken, as its rescue sees it. */
export interface Patient {
  /** Whether it is still broken, and still wanted. */
  lost(): boolean;
  /** Wait until it is whole again, but no longer than this; whether it is. */
  recovered(ms: number): Promise<boolean>;
  /** Look for another way over the line it has. Throws CallFault. */
  restart(): Promise<void>;
  /** Come back over another line. Throws CallFault. */
  redial(): Promise<void>;
}

/** Whether a line is whole, and who waits for it to be. */
export class Health {
  #broken = false;
  #waiting = new Set<() => void>();

  get broken(): boolean {
    return this.#broken;
  }

  break(): void {
    this.#broken = true;
  }

  mend(): void {
    this.#broken = false;
    for (const done of this.#waiting) done();
  }

  /** Wait until it is whole, but no longer than this; whether it is. `after` calls back when the time is up. */
  recovered(ms: number, after: (ms: number, what: () => void) => void): Promise<boolean> {
    if (!this.#broken) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        resolve(!this.#broken);
      };
      this.#waiting.add(done);
      after(ms, done);
    });
  }
}

/** The server keeps a lost caller's place for 35 s. */
const RESCUE_MS = 30_000;
/** From an answer to the first packet. */
const RESTORE_MS = 4_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 2_000;
/** A server that is refused so quickly, so often in a row, is not there; a network that is not there lets requests time out. */
const QUICK_MS = 1_000;
const QUICK_REFUSALS = 4;

/** Bring a call back: over the line it has, then over others. Null when it is whole again or no longer wanted, else what was wrong. */
export async function rescue(patient: Patient, online: () => boolean, broken: boolean): Promise<CallFault | null> {
  const began = Date.now();
  let [redial, refusals, pause] = [broken, 0, 0];
  while (Date.now() - began < RESCUE_MS) {
    await patient.recovered(pause);
    if (!patient.lost()) return null;
    pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    if (!online()) continue;
    const asked = Date.now();
    const fault = await attempt(() => (redial ? patient.redial() : patient.restart()));
    if (fault === null) {
      if ((await patient.recovered(RESTORE_MS)) || !patient.lost()) return null;
      redial = true;
    } else if (fault.kind === "network_blocked") {
      refusals = 0; // a WebSocket that found no network says no more than that
    } else if (fault.kind === "server_gone") {
      refusals = Date.now() - asked < QUICK_MS ? refusals + 1 : 0;
      if (refusals === QUICK_REFUSALS) return fault;
    } else if (redial) {
      return new CallFault("connection_lost", undefined, { cause: fault });
    } else {
      [redial, pause] = [true, 0];
    }
  }
  return patient.lost() ? new CallFault("connection_lost") : null;
}

async function attempt(act: () => Promise<void>): Promise<CallFault | null> {
  try {
    await act();
    return null;
  } catch (error) {
    return error instanceof CallFault ? error : new CallFault("connection_lost", undefined, { cause: error });
  }
}
