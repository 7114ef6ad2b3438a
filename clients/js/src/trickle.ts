import type { Trickle } from "./protocol/signal.js";

/**
 * Trickle ICE over the signalling socket. Our candidates wait until the answer has named the call; the socket closes
 * once both sides have said all theirs. Losing it is no reason to end a call: the answer carries the server's
 * candidates, and the server learns ours from our checks.
 */
export class TrickleSocket {
  #waiting: string[] = [];
  #socket: WebSocket | null = null;
  #weAreDone = false;
  #theyAreDone = false;

  constructor(private readonly add: (candidate: RTCIceCandidateInit) => Promise<void>) {}

  /** One of our candidates, or null after the last. */
  send(candidate: RTCIceCandidate | null): void {
    if (this.#weAreDone) return;
    this.#weAreDone = candidate === null;
    const init = candidate?.toJSON();
    const trickle: Trickle = {
      type: "ice-candidate",
      candidate: init ? { candidate: init.candidate ?? "", sdpMid: init.sdpMid ?? null, sdpMLineIndex: init.sdpMLineIndex ?? null } : null,
    };
    this.#waiting.push(JSON.stringify(trickle));
    this.#flush();
  }

  /** The answer is set: open the socket and say what has waited. */
  open(socket: WebSocket): void {
    this.#socket = socket;
    socket.addEventListener("open", () => this.#flush());
    socket.addEventListener("message", (event: MessageEvent<string>) => void this.#take(event.data));
  }

  /** No more signalling. */
  close(): void {
    this.#weAreDone = true;
    this.#waiting = [];
    this.#socket?.close();
    this.#socket = null;
  }

  #flush(): void {
    if (this.#socket?.readyState !== 1) return;
    for (const line of this.#waiting.splice(0)) this.#socket.send(line);
    this.#closeWhenDone();
  }

  async #take(line: string): Promise<void> {
    const trickle = parse(line);
    if (trickle === null) return;
    if (trickle.candidate === null) this.#theyAreDone = true;
    else await this.add(trickle.candidate).catch(() => {}); // one unusable candidate leaves the others
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (this.#weAreDone && this.#theyAreDone && this.#waiting.length === 0) this.close();
  }
}

function parse(line: string): Trickle | null {
  try {
    const trickle = JSON.parse(line) as Trickle;
    return trickle.type === "ice-candidate" ? trickle : null;
  } catch {
    return null;
  }
}
