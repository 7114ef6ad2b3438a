import { beforeEach, expect, test } from "vitest";
import type { PageMessage } from "@antiphon/client";
import { Card } from "../src/card.js";
import { Conversation } from "../src/conversation.js";
import { make } from "../src/elements.js";
import { Margin } from "../src/margin.js";
import { lasted, readable, took } from "../src/words.js";

const stamp = { seq: 1, at_ms: 0 };
const lines = make("ol");
const interim = make("p");
const slots = make("dl");
const tools = make("ol");
const card = make("div");
let conversation: Conversation;
let margin: Margin;
let drawn: Card;

beforeEach(() => {
  conversation = new Conversation(lines, interim, make("main"));
  margin = new Margin(make("aside"), slots, make("section"), tools);
  drawn = new Card(card);
  conversation.clear();
  margin.clear();
  drawn.clear();
});

const slot = (name: string, value: string | null, status: "filled" | "confirmed" | "forgotten" = "filled"): PageMessage => ({
  type: "slot",
  ...stamp,
  name,
  value,
  status,
});

test("clauses of one reply are one line, pale until it was heard", () => {
  conversation.take({ type: "say", ...stamp, reply: 1, text: "Hello. " });
  conversation.take({ type: "say", ...stamp, reply: 1, text: "How can I help?" });
  const [line] = lines.children;
  expect([lines.children.length, line?.querySelector("p")?.textContent]).toEqual([1, "Hello. How can I help?"]);
  expect(line?.classList).toContain("pending");
  conversation.take({ type: "heard", ...stamp, reply: 1, text: "Hello. How can I help?", cut: false, basis: "whole" });
  expect(line?.classList).not.toContain("pending");
  expect(line?.querySelector("s")).toBeNull();
});

test("what an interruption kept from the caller is struck through, and said to be so", () => {
  conversation.take({ type: "say", ...stamp, reply: 1, text: "We are open until six today." });
  conversation.take({ type: "heard", ...stamp, reply: 1, text: "We are open", cut: true, basis: "aligned" });
  expect(lines.querySelector("s")?.textContent).toBe("until six today.");
  expect(lines.querySelector("p")?.textContent).toBe("We are open (you interrupted; not heard:) until six today.");
});

test("a reply of which nothing was heard is struck whole", () => {
  conversation.take({ type: "say", ...stamp, reply: 1, text: "One moment." });
  conversation.take({ type: "heard", ...stamp, reply: 1, text: "", cut: true, basis: "estimated" });
  expect(lines.querySelector("s")?.textContent).toBe("One moment.");
});

test("words never become markup", () => {
  conversation.take({ type: "final", ...stamp, turn: 1, text: "<img src=x onerror=alert(1)>" });
  margin.take(slot("name", "<b>Ann</b>"));
  expect([lines.querySelector("img"), slots.querySelector("b")]).toEqual([null, null]);
});

test("what is asked for waits in the margin until it is told, or something else is asked", () => {
  margin.take({ type: "expect", ...stamp, kind: "date", slot: "date" });
  expect(slots.textContent).toBe("Date…");
  margin.take({ type: "expect", ...stamp, kind: "time", slot: "time" });
  expect(slots.textContent).toBe("Time…");
  margin.take(slot("time", "14:30"));
  margin.take({ type: "expect", ...stamp, kind: "open", slot: null });
  expect(slots.textContent).toBe("Time2:30 PM");
});

test("a value taken back is shown to be gone", () => {
  margin.take(slot("date", "2026-11-24", "confirmed"));
  margin.take(slot("date", null, "forgotten"));
  expect([slots.children.length, slots.querySelector("dd")?.textContent]).toEqual([1, "—"]);
});

test("a tool that failed says why", () => {
  margin.take({ type: "tool", ...stamp, call: 1, name: "book_appointment", status: "started", arguments: { time: "14:30" } });
  expect(tools.textContent).toBe("Book appointment…");
  margin.take({ type: "tool", ...stamp, call: 1, name: "book_appointment", status: "failed", result: { code: "slot_taken" }, duration_ms: 9 });
  expect(tools.textContent).toBe("Book appointmentslot taken · 9 ms");
});

test("the card comes with the first reference and ends with the record", () => {
  drawn.take(slot("service", "haircut"));
  expect(card.hidden).toBe(true);
  drawn.take({ type: "tool", ...stamp, call: 1, name: "book", status: "done", result: { reference: "GB-1" }, duration_ms: 1 });
  expect([card.hidden, card.textContent]).toEqual([false, "Your referenceGB-1ServiceHaircut"]);
  drawn.take({ type: "record", ...stamp, outcome: "done", reference: "GB-1", slots: { service: "manicure" } });
  expect(card.textContent).toBe("DoneGB-1ServiceManicure");
});

test.each([
  ["2026-11-24", "Tuesday, November 24"],
  ["14:30", "2:30 PM"],
  ["2125550147", "212 555 0147"],
  ["+12125550147", "212 555 0147"],
  ["hair_cut", "Hair cut"],
  ["John Smith", "John Smith"],
  ["25:00", "25:00"],
])("%s reads %s", (value, read) => {
  expect(readable(value)).toBe(read);
});

test("durations read as people say them", () => {
  expect([took(93), took(1480), lasted(42_100), lasted(75_200)]).toEqual(["93 ms", "1.5 s", "42 s", "1 min 15 s"]);
});
