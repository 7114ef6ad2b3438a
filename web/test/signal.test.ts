import { beforeEach, expect, test } from "vitest";
import type { PageMessage, Travelled } from "@antiphon/client";
import { make } from "../src/elements.js";
import { Signal } from "../src/signal.js";
import { sounded } from "../src/words.js";

const mark = make("span");
let signal: Signal;

beforeEach(() => {
  signal = new Signal(mark);
  signal.clear();
});

const quality = (speaker: "caller" | "agent", grade: number, mos: number, rtt_ms: number | null = null): PageMessage => ({
  type: "quality",
  seq: 1,
  at_ms: 0,
  speaker,
  grade,
  mos,
  loss_percent: 1.25,
  jitter_ms: 4.4,
  rtt_ms,
});

test("the mark shows the worse voice and says the figures of both", () => {
  expect(mark.hidden).toBe(true);
  signal.take(quality("caller", 4, 4.31, 41.6));
  expect([mark.hidden, mark.dataset["grade"]]).toEqual([false, "4"]);
  signal.take(quality("agent", 2, 3.24, 41.6));
  expect(mark.dataset["grade"]).toBe("2");
  expect(mark.title.split("\n")).toEqual([
    "Connection: fair",
    "Your voice: 4.3 of 4.5, 1.3 % lost, jitter 4 ms",
    "The agent’s voice: 3.2 of 4.5, 1.3 % lost, jitter 4 ms",
    "Round trip: 42 ms",
  ]);
  expect(mark.getAttribute("aria-label")).toContain("Connection: fair. Your voice");
  signal.take(quality("agent", 4, 4.3));
  expect(mark.dataset["grade"]).toBe("4");
});

test("after the call there is no mark", () => {
  signal.take(quality("caller", 1, 2));
  signal.take({ type: "bye", seq: 2, at_ms: 1, reason: "the conversation is over" });
  expect(mark.hidden).toBe(true);
});

const travelled = (grade: number, mos: number, loss_percent: number, rtt_ms: number | null): Travelled => ({
  grade,
  mos,
  worst_mos: mos,
  loss_percent,
  lost: 1,
  received: 99,
  jitter_ms: 3,
  rtt_ms,
  recovered: null,
  concealed_ms: null,
  mode_changes: null,
});

test("a record's quality is one line, and none where nothing was measured", () => {
  const both = { caller: travelled(4, 4.4, 0, 42.4), agent: travelled(3, 3.87, 2.04, 42.4) };
  expect(sounded(both)).toBe("Connection good: your voice 4.4, agent’s 3.9 (2.0 % lost), round trip 42 ms.");
  expect(sounded({ caller: travelled(4, 4.4, 0, null), agent: null })).toBe("Connection very good: your voice 4.4.");
  expect(sounded({ caller: null, agent: null })).toBe("");
  expect(sounded(undefined)).toBe("");
});
