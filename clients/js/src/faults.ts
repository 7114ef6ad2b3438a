import type { ErrorEnvelope } from "./protocol/http.js";

/** What can keep a call from happening, or end it early. Each kind has one cure; `message` says it. */
export type FaultKind =
  | "insecure_origin"
  | "unsupported"
  | "no_microphone"
  | "microphone_refused"
  | "microphone_busy"
  | "unauthorized"
  | "busy"
  | "refused"
  | "server_gone"
  | "network_blocked"
  | "connection_lost"
  | "silent_speaker";

const MESSAGES: Record<FaultKind, string> = {
  insecure_origin:
    "Browsers give a microphone to secure pages only. Start the server with ANTIPHON_TLS=auto and open its https address, or open it as localhost.",
  unsupported: "This browser has no WebRTC. A current Chrome, Edge, Firefox or Safari has.",
  no_microphone: "No microphone was found. Plug one in and try again, or type instead.",
  microphone_refused: "The microphone is not allowed for this page. Allow it in the browser's address bar and try again, or type instead.",
  microphone_busy: "The microphone is in use by another program. Close that and try again, or type instead.",
  unauthorized: "This page has no valid key. Run `antiphon link` where the server runs, and open the address it prints.",
  busy: "All lines are taken. Try again in a few seconds.",
  refused: "The server did not take the call.",
  server_gone: "The server cannot be reached. Check that it is running, then try again.",
  network_blocked:
    "The server answered, but no sound could be exchanged: neither UDP nor a WebSocket gets through between here and the server. On another network set ANTIPHON_PUBLIC_ADDRESS to an address that this browser can reach, and open the UDP port.",
  connection_lost: "The connection was lost. Check your network, then call again.",
  silent_speaker: "The browser keeps the agent silent until you click or press a key on this page.",
};

/** Something went wrong, of a kind a page can act on. */
export class CallFault extends Error {
  override readonly name = "CallFault";

  constructor(
    readonly kind: FaultKind,
    message: string = MESSAGES[kind],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The fault behind a refused microphone, by the names of the Media Capture specification. */
export function microphoneFault(error: unknown): CallFault {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotFoundError":
    case "OverconstrainedError":
      return new CallFault("no_microphone", undefined, { cause: error });
    case "NotReadableError":
    case "AbortError":
      return new CallFault("microphone_busy", undefined, { cause: error });
    default:
      return new CallFault("microphone_refused", undefined, { cause: error });
  }
}

/** The fault behind a WebSocket that was closed before the call began. */
export function closeFault(code: number, reason: string): CallFault {
  if (code === 1013) return new CallFault("busy", reason || undefined);
  if (code === 1008) return new CallFault("refused", reason || undefined);
  return new CallFault("network_blocked");
}

/** The fault behind an HTTP answer that is not a success. */
export async function answerFault(response: Response): Promise<CallFault> {
  const said = await envelopeMessage(response);
  switch (response.status) {
    case 401:
      return new CallFault("unauthorized", said);
    case 429:
    case 503:
      return new CallFault("busy", said);
    case 502:
    case 504:
      return new CallFault("server_gone");
    default:
      return new CallFault("refused", said);
  }
}

async function envelopeMessage(response: Response): Promise<string | undefined> {
  try {
    const body = (await response.json()) as Partial<ErrorEnvelope>;
    return body.error?.message;
  } catch {
    return undefined; // a proxy's page, not our server's words
  }
}
