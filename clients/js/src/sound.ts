import { LevelMeter } from "./level.js";
import type { Microphone } from "./microphone.js";
import type { Platform } from "./platform.js";

/** What a call sounds like here: the microphone, the loudspeaker, and how loud both voices are. */
export class Sound {
  readonly context: AudioContext;
  #microphone: Microphone | null = null;
  #speaker: HTMLAudioElement | null = null;
  #meters: { caller?: LevelMeter; agent?: LevelMeter } = {};

  constructor(private readonly platform: Platform) {
    this.context = platform.openAudio();
  }

  /** What is spoken into; null without a microphone. */
  get track(): MediaStreamTrack | null {
    return this.#microphone?.track ?? null;
  }

  /** Loudness of both voices now, 0 … 1. */
  levels(): { readonly caller: number; readonly agent: number } {
    return { caller: this.#meters.caller?.read() ?? 0, agent: this.#meters.agent?.read() ?? 0 };
  }

  /** Speak through this microphone, and no longer through the one before. */
  use(microphone: Microphone | null, muted: boolean): void {
    this.#meters.caller?.close();
    delete this.#meters.caller;
    this.#microphone?.close();
    this.#microphone = microphone;
    if (!microphone) return;
    this.mute(muted);
    this.#meters.caller = new LevelMeter(this.context, this.platform.streamOf(microphone.track));
  }

  /** Send silence instead of the microphone, or the microphone again. */
  mute(muted: boolean): void {
    if (this.#microphone) this.#microphone.track.enabled = !muted;
  }

  /** Let the agent be heard; rejected where the browser wants a click first. */
  async hear(stream: MediaStream, device: string): Promise<void> {
    this.#speaker?.pause(); // of a line that broke
    this.#meters.agent?.close();
    // Chromium feeds a remote stream to Web Audio only while a media element plays it.
    const speaker = (this.#speaker = this.platform.speaker());
    speaker.srcObject = stream;
    if (device) void speaker.setSinkId?.(device).catch(() => {}); // the device is gone: the default one
    this.#meters.agent = new LevelMeter(this.context, stream);
    void this.context.resume();
    await speaker.play();
  }

  /** Hear the agent through another device, where the browser can choose. */
  async through(device: string): Promise<void> {
    await this.#speaker?.setSinkId?.(device);
  }

  /** A click or key press came: let the agent be heard. */
  async unblock(): Promise<void> {
    await Promise.all([this.context.resume(), this.#speaker?.play()]);
  }

  close(): void {
    this.use(null, false);
    this.#meters.agent?.close();
    this.#meters = {};
    this.#speaker?.pause();
    this.#speaker = null;
    void this.context.close();
  }
}
