// Trickle ICE beside the call: candidates wait until the answer has named the call.

/** Carries candidates both ways over WS /api/voice/signal. */
export class Trickle {
  private waiting: (RTCIceCandidateInit | null)[] = [];
  private socket: WebSocket | undefined;

  constructor(private readonly peer: RTCPeerConnection) {
    peer.addEventListener("icecandidate", ({ candidate }) => this.send(candidate ? candidate.toJSON() : null));
  }

  /** Signal for `call` from now on; what has gathered meanwhile goes first. */
  open(call: string): void {
    const url = new URL(`/api/voice/signal?call_id=${encodeURIComponent(call)}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(url);
    this.socket.addEventListener("open", () => {
      const waiting = this.waiting;
      this.waiting = [];
      for (const candidate of waiting) this.send(candidate);
    });
    this.socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { type: string; candidate: RTCIceCandidateInit | null };
      // A candidate the browser cannot use is no reason to end a call that may connect by another.
      if (message.type === "ice-candidate" && message.candidate)
        void this.peer.addIceCandidate(message.candidate).catch(() => undefined);
    });
  }

  close(): void {
    this.socket?.close();
  }

  private send(candidate: RTCIceCandidateInit | null): void {
    if (this.socket?.readyState === WebSocket.OPEN)
      this.socket.send(JSON.stringify({ type: "ice-candidate", candidate }));
    else this.waiting.push(candidate);
  }
}
