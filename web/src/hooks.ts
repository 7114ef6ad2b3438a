import type { AntiphonCall, MicrophoneSource, PageMessage } from "@antiphon/client";

declare global {
  interface Window {
    antiphon: Hooks;
    /** With `?mic=test` this stream is the microphone. */
    testMicrophone?: MediaStream;
  }
}

/**
 * For tests and for the curious, as `window.antiphon`; web/README.md describes it. Nothing here can do what the page's
 * own controls cannot.
 */
export class Hooks {
  /** Every message of the server's in this page's life, in order. */
  readonly events: PageMessage[] = [];
  /** With `?mic=test`: records what is received, from the first packet to the end of the call. */
  receivedRecorder: MediaRecorder | null = null;
  #microphone: MediaStream | null = null;
  #recorded: Blob[] = [];

  constructor(readonly call: AntiphonCall) {
    call.on("message", (message) => this.events.push(message));
    if (this.#testing()) call.on("received", (stream) => this.#record(stream));
    call.on("phase", (phase) => {
      if (phase === "ended" && this.receivedRecorder?.state === "recording") this.receivedRecorder.stop();
    });
  }

  /** Call with this stream instead of a microphone; during a call at once. */
  async useMicrophone(stream: MediaStream): Promise<void> {
    this.#microphone = stream;
    if (this.call.phase === "live") await this.call.setMicrophone(stream);
  }

  /** What `receivedRecorder` has so far, complete once it has stopped. */
  recorded(): Blob {
    return new Blob(this.#recorded, { type: this.receivedRecorder?.mimeType ?? "audio/webm" });
  }

  /** The microphone a test has put in, if any. */
  get microphone(): MicrophoneSource | null {
    return this.#microphone ?? (this.#testing() ? (window.testMicrophone ?? null) : null);
  }

  #testing(): boolean {
    return new URLSearchParams(location.search).get("mic") === "test";
  }

  #record(stream: MediaStream): void {
    this.#recorded = [];
    const recorder = (this.receivedRecorder = new MediaRecorder(stream));
    recorder.addEventListener("dataavailable", ({ data }) => this.#recorded.push(data));
    recorder.start(250);
  }
}
