import { expect, test, vi } from "vitest";
import { AntiphonServer, loudness, takeKey } from "../src/index.js";
import { quality } from "../src/quality.js";
import { callerMessageTypes, pageMessageTypes } from "../src/protocol/page.js";
import { World } from "./fakes.js";

function place(hash: string): { at: Location; past: History; replaced: string[] } {
  const replaced: string[] = [];
  const at = { hash, pathname: "/demo/", search: "?agent=salon" } as Location;
  const past = { state: null, replaceState: (_state: unknown, _title: string, to: string) => replaced.push(to) };
  return { at, past: past as unknown as History, replaced };
}

test("the one-time key leaves the address as soon as it is read", () => {
  const { at, past, replaced } = place("#key=abc-_1");
  expect([takeKey(at, past), replaced]).toEqual(["abc-_1", ["/demo/?agent=salon"]]);
});

test("an address without a key stays as it is", () => {
  const { at, past, replaced } = place("#talk");
  expect([takeKey(at, past), replaced]).toEqual([null, []]);
});

test("the key is exchanged by a request, never in an address", async () => {
  const world = new World();
  world.answers.set("/api/session", () => new Response(null, { status: 204 }));
  await new AntiphonServer(world.platform, "https://house.example").openSession("abc");
  expect(world.asked).toEqual([{ path: "/api/session", method: "POST", body: { key: "abc" } }]);
});

test("agents come in the server's order", async () => {
  const world = new World();
  const agents = [{ name: "salon" }, { name: "bikes" }];
  world.answers.set("/api/agents", () => Response.json({ agents }));
  expect(await new AntiphonServer(world.platform, "https://house.example").agents()).toEqual(agents);
});

test("a proxy's page in place of our error is still a clear fault", async () => {
  const world = new World();
  world.answers.set("/api/agents", () => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  await expect(new AntiphonServer(world.platform, "https://house.example").agents()).rejects.toMatchObject({ kind: "server_gone" });
});

test("signalling follows the page's own scheme, and ids are escaped", () => {
  const server = new AntiphonServer({ fetch: vi.fn() }, "https://house.example");
  expect(server.signalAddress("call 1")).toBe("wss://house.example/api/voice/signal?call_id=call%201");
  expect(server.callAddress("call_1", "/timeline.svg")).toBe("https://house.example/api/calls/call_1/timeline.svg");
});

test.each([
  [0, 0],
  [0.001, 0],
  [0.0316, 0.625],
  [0.5, 1],
])("a steady signal of %f is as loud as %f", (amplitude, level) => {
  expect(loudness(new Float32Array(512).fill(amplitude))).toBeCloseTo(level, 2);
});

test("quality is read from what browsers report", () => {
  const report = new Map<string, object>([
    ["a", { id: "a", type: "inbound-rtp", packetsLost: 3, jitter: 0.004, jitterBufferDelay: 60, jitterBufferEmittedCount: 1000 }],
    ["p", { id: "p", type: "candidate-pair", nominated: true, currentRoundTripTime: 0.021, localCandidateId: "l" }],
    ["l", { id: "l", type: "local-candidate", candidateType: "host" }],
  ]);
  expect(quality(report as unknown as RTCStatsReport)).toEqual({ roundTripMs: 21, jitterMs: 4, lost: 3, bufferMs: 60, path: "host" });
  expect(quality(new Map() as unknown as RTCStatsReport)).toEqual({ roundTripMs: null, jitterMs: null, lost: 0, bufferMs: null, path: null });
});

test.each([
  ["tcp", "host", "tcp"],
  ["tcp", "prflx", "tcp"],
  ["udp", "host", "host"],
  ["tcp", "relay", "relay"],
])("a pair over %s from a %s candidate is told as %s", (protocol, candidateType, path) => {
  const report = new Map<string, object>([
    ["t", { id: "t", type: "transport", selectedCandidatePairId: "q" }],
    ["p", { id: "p", type: "candidate-pair", nominated: true, localCandidateId: "k" }],
    ["q", { id: "q", type: "candidate-pair", nominated: true, localCandidateId: "l" }],
    ["k", { id: "k", type: "local-candidate", candidateType: "srflx", protocol: "udp" }],
    ["l", { id: "l", type: "local-candidate", candidateType, protocol }],
  ]);
  expect(quality(report as unknown as RTCStatsReport).path).toBe(path);
});

test("both directions of the protocol are known", () => {
  expect(pageMessageTypes).toContain("heard");
  expect(callerMessageTypes).toEqual(["text", "playout", "mute", "hold", "hangup", "leaving"]);
});
