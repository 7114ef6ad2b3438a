import type { CallState, RecordedQuality } from "@antiphon/client";

/** What the page says of each state. */
export const STATE_WORDS: Readonly<Record<CallState, string>> = {
  connecting: "Connecting…",
  listening: "Listening",
  hearing: "Hearing you",
  thinking: "Thinking…",
  speaking: "Speaking",
  paused: "Go on, I stopped",
  ended: "Saying goodbye…", // while the call is up: the last words are still to be heard
};

/** What the page says of how a call ended. */
export const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  done: "Done",
  answered: "Questions answered",
  human: "Handed to a person",
  callback: "Somebody will call back",
  abandoned: "Ended before anything was settled",
  failed: "The agent could not go on",
};

/** What the page says of a connection's grade, 1 to 4. */
export const GRADE_WORDS: readonly string[] = ["unknown", "poor", "fair", "good", "very good"];

/** A record's quality in one line; empty where nothing was measured. */
export function sounded(quality: RecordedQuality | undefined): string {
  const voices = [["your voice", quality?.caller], ["agent’s", quality?.agent]] as const;
  const measured = voices.flatMap(([whose, voice]) => (voice ? [{ whose, ...voice }] : []));
  if (measured.length === 0) return "";
  const grade = Math.min(...measured.map((voice) => voice.grade));
  const scores = measured.map((voice) => {
    const lost = voice.loss_percent > 0 ? ` (${lossOf(voice.loss_percent)})` : "";
    return `${voice.whose} ${voice.mos.toFixed(1)}${lost}`;
  });
  const rtt = measured.find((voice) => voice.rtt_ms !== null)?.rtt_ms ?? null;
  const trip = rtt === null ? "" : `, round trip ${Math.round(rtt)} ms`;
  return `Connection ${GRADE_WORDS[grade]}: ${scores.join(", ")}${trip}.`;
}

/** `0` → `nothing lost`, `1.234` → `1.2 % lost`. */
export function lossOf(percent: number): string {
  return percent > 0 ? `${percent.toFixed(1)} % lost` : "nothing lost";
}

/** `book_appointment` → `Book appointment`. */
export function humanise(name: string): string {
  const words = name.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A slot's canonical value as people write it: dates, times and phone numbers; anything else as it is. */
export function readable(value: string, language = "en-US"): string {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (date) {
    const day = new Date(Date.UTC(Number(date[1]), Number(date[2]) - 1, Number(date[3])));
    return day.toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  }
  const time = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(value);
  if (time) {
    const moment = new Date(Date.UTC(2000, 0, 1, Number(time[1]), Number(time[2])));
    return moment.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
  }
  const phone = /^\+?1?(\d{3})(\d{3})(\d{4})$/.exec(value);
  if (phone) return `${phone[1]} ${phone[2]} ${phone[3]}`;
  // Ids of services and people are lower case; names and sentences come as they were said.
  return /^[a-z]+(_[a-z]+)*$/.test(value) ? humanise(value) : value;
}

/** `93` → `93 ms`, `1480` → `1.5 s`. */
export function took(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `75200` → `1 min 15 s`. */
export function lasted(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
