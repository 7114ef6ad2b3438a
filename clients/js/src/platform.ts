import { openPcm } from "./pcm.js";

/** The parts of a browser that a call stands on; tests hand in their own. */
export interface Platform {
  readonly fetch: typeof fetch;
  readonly openSocket: (url: string) => WebSocket;
  readonly openPeer: () => RTCPeerConnection;
  readonly getUserMedia: (constraints: MediaStreamConstraints) => Promise<MediaStream>;
  readonly openAudio: () => AudioContext;
  readonly openPcm: typeof openPcm;
  readonly streamOf: (track: MediaStreamTrack) => MediaStream;
  readonly speaker: () => HTMLAudioElement;
  /** Whether this page may have a microphone at all. */
  readonly secure: () => boolean;
  readonly capable: () => boolean;
  /** Whether there is any network at all. */
  readonly online: () => boolean;
}

/** This browser. No STUN or TURN server: the server's address is where the page came from, and its candidates are in the answer. */
export function browser(): Platform {
  return {
    fetch: (input, init) => fetch(input, init),
    openSocket: (url) => new WebSocket(url),
    openPeer: () => new RTCPeerConnection({ bundlePolicy: "max-bundle" }),
    getUserMedia: (constraints) => navigator.mediaDevices.getUserMedia(constraints),
    openAudio: () => new AudioContext({ latencyHint: "interactive" }),
    openPcm,
    streamOf: (track) => new MediaStream([track]),
    speaker: () => new Audio(),
    secure: () => isSecureContext && navigator.mediaDevices !== undefined,
    capable: () => typeof RTCPeerConnection === "function",
    online: () => navigator.onLine,
  };
}
