import type { PageMessage, VoiceQuality } from "@antiphon/client";
import { GRADE_WORDS, lossOf } from "./words.js";

/** How the call travels: as many bars as the worse of its two voices deserves, and the figures of both for those who ask. */
export class Signal {
  #voices = new Map<VoiceQuality["speaker"], VoiceQuality>();

  constructor(private readonly mark: HTMLElement) {}

  /** Nothing is measured. */
  clear(): void {
    this.#voices.clear();
    this.mark.hidden = true;
  }

  /** Show what a message changes here. */
  take(message: PageMessage): void {
    if (message.type === "bye") this.clear();
    if (message.type !== "quality") return;
    this.#voices.set(message.speaker, message);
    const voices = [...this.#voices.values()];
    const grade = Math.min(...voices.map((voice) => voice.grade));
    this.mark.dataset["grade"] = String(grade);
    const words = [`Connection: ${GRADE_WORDS[grade]}`, ...voices.map(figures), ...roundTrip(voices)];
    this.mark.setAttribute("aria-label", words.join(". "));
    this.mark.title = words.join("\n");
    this.mark.hidden = false;
  }
}

function figures({ speaker, mos, loss_percent, jitter_ms }: VoiceQuality): string {
  const whose = speaker === "caller" ? "Your voice" : "The agent’s voice";
  return `${whose}: ${mos.toFixed(1)} of 4.5, ${lossOf(loss_percent)}, jitter ${Math.round(jitter_ms)} ms`;
}

function roundTrip(voices: readonly VoiceQuality[]): string[] {
  const known = voices.map((voice) => voice.rtt_ms).filter((rtt) => rtt !== null);
  const last = known.at(-1);
  return last === undefined ? [] : [`Round trip: ${Math.round(last)} ms`];
}
