// What can go wrong between a person and a call, each with what to do about it.

export type TroubleKind =
  | "insecure-origin"
  | "no-microphone"
  | "microphone-refused"
  | "not-authorised"
  | "busy"
  | "server-gone"
  | "network-blocked"
  | "refused";

const ADVICE: Record<TroubleKind, string> = {
  "insecure-origin":
    "Browsers give a microphone to secure pages only. Open this page by https (start the server with ANTIPHON_TLS=auto) or on localhost. You can still type.",
  "no-microphone": "No microphone was found. Plug one in, or type instead of speaking.",
  "microphone-refused":
    "The microphone was refused. Allow it in the browser's address bar and press Talk again, or type instead of speaking.",
  "not-authorised": "This page needs a fresh address. Run `antiphon link` and open what it prints.",
  busy: "All lines are taken. Try again in a few seconds.",
  "server-gone": "The server does not answer. Check that it runs, then try again.",
  "network-blocked":
    "The call could not connect. A firewall may block UDP: open the server's UDP port, or set ANTIPHON_PUBLIC_ADDRESS to the address you reach it by.",
  refused: "The server refused the call.",
};

/** An error a person can act on. */
export class Trouble extends Error {
  constructor(
    readonly kind: TroubleKind,
    detail = "",
  ) {
    super(detail ? `${ADVICE[kind]} (${detail})` : ADVICE[kind]);
    this.name = "Trouble";
  }
}

/** The trouble behind an HTTP answer that is not a success. */
export async function troubleOf(response: Response): Promise<Trouble> {
  const said = await response
    .json()
    .then((body: { error?: { message?: string } }) => body.error?.message ?? "")
    .catch(() => "");
  if (response.status === 401) return new Trouble("not-authorised");
  if (response.status === 503) return new Trouble("busy");
  return new Trouble("refused", said || `status ${response.status}`);
}

/** The trouble behind a getUserMedia rejection (W3C Media Capture and Streams, section 10.2). */
export function microphoneTrouble(error: unknown): Trouble {
  const name = error instanceof DOMException ? error.name : "";
  return new Trouble(name === "NotAllowedError" || name === "SecurityError" ? "microphone-refused" : "no-microphone");
}
