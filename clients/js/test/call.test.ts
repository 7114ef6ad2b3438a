import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AntiphonCall, AntiphonServer, CallFault, type Phase } from "../src/index.js";
import { FakeStream, FakeTrack, World } from "./fakes.js";

let world: World;
let call: AntiphonCall;
let phases: Phase[];
let endings: { reason: string; fault: CallFault | null }[];

beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
  call = new AntiphonCall(new AntiphonServer(world.platform, "http://127.0.0.1:8080"), world.platform);
  phases = [];
  endings = [];
  call.on("phase", (phase) => phases.push(phase));
  call.on("ended", (ending) => endings.push(ending));
});

afterEach(() => {
  vi.useRealTimers();
});

/** A call that is live, its data channel open. */
async function live(options = {}): Promise<void> {
  const connecting = call.connect(options);
  await vi.waitFor(() => expect(world.sockets).toHaveLength(1));
  world.peer.become("connected");
  world.channel.open();
  await connecting;
}

const message = (type: string, fields: object = {}): object => ({ type, seq: 1, at_ms: 0, ...fields });

test("the data channel is in the offer, and the answer names the call", async () => {
  await live({ agent: "salon" });
  const offer = world.asked.find(({ path }) => path === "/api/voice/offer");
  expect(offer?.body).toEqual({ sdp: "v=0 m=audio m=application", type: "offer", agent: "salon" });
  expect([world.channel.label, world.channel.options]).toEqual(["antiphon", { ordered: true }]);
  expect([call.id, call.phase]).toEqual(["call_1", "live"]);
  expect(phases).toEqual(["opening", "calling", "live"]);
});

test("candidates wait until the answer has named the call, then flow both ways", async () => {
  const connecting = call.connect();
  await vi.waitFor(() => expect(world.sockets).toHaveLength(1));
  expect(world.socket.url).toBe("ws://127.0.0.1:8080/api/voice/signal?call_id=call_1");
  expect(world.socket.sent).toEqual([]);
  world.socket.open();
  world.peer.gather(null);
  expect(world.socket.sent).toEqual([
    { type: "ice-candidate", candidate: { candidate: expect.stringContaining("typ host"), sdpMid: "0", sdpMLineIndex: 0 } },
    { type: "ice-candidate", candidate: null },
  ]);
  world.socket.tell({ type: "ice-candidate", candidate: { candidate: "candidate:unusable" } });
  world.socket.tell({ type: "ice-candidate", candidate: { candidate: "candidate:9", sdpMid: "0" } });
  world.socket.tell({ type: "ice-candidate", candidate: null });
  await vi.waitFor(() => expect(world.socket.readyState).toBe(3));
  expect(world.peer.candidates).toEqual([{ candidate: "candidate:9", sdpMid: "0" }]);
  world.peer.become("connected");
  await connecting;
});

test("messages are told in order, and those that are not ours are ignored", async () => {
  const told: string[] = [];
  const states: string[] = [];
  call.on("message", ({ type }) => told.push(type));
  call.on("state", (state) => states.push(state));
  await live();
  world.channel.tell(message("hello", { call_id: "call_1", agent: "salon", protocol: 1 }));
  world.channel.tell("garbage");
  world.channel.tell("7");
  world.channel.tell(message("state", { state: "listening", specialist: "triage" }));
  expect([told, states, call.state]).toEqual([["hello", "state"], ["listening"], "listening"]);
});

test("a listener that throws does not keep the others from hearing", async () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const heard = vi.fn();
  call.on("message", () => {
    throw new Error("a page's bug");
  });
  call.on("message", heard);
  await live();
  world.channel.tell(message("bye", { reason: "done" }));
  expect(heard).toHaveBeenCalledOnce();
  expect(reported).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});

test("a goodbye is heard to its end before the call closes", async () => {
  await live();
  world.channel.tell(message("bye", { reason: "the conversation is over" }));
  world.channel.close();
  expect(call.phase).toBe("live");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(endings).toEqual([{ reason: "the conversation is over", fault: null }]);
  expect([world.peer.closed, world.microphone.tracks[0]?.stopped]).toEqual([true, true]);
});

test("hanging up tells the server before the connection closes", async () => {
  await live();
  call.hangUp();
  expect(world.channel.sent).toEqual([{ type: "hangup" }]);
  expect(world.peer.closed).toBe(false);
  await vi.advanceTimersByTimeAsync(600);
  expect(world.peer.closed).toBe(true);
  expect(endings).toEqual([{ reason: "the caller hung up", fault: null }]);
});

test("hanging up while the server is still answering ends the call there too", async () => {
  const waiting: ((answer: Response) => void)[] = [];
  world.answers.set("/api/voice/offer", () => new Promise<Response>((resolve) => waiting.push(resolve)));
  const connecting = call.connect();
  await vi.waitFor(() => expect(world.asked).toHaveLength(1));
  call.hangUp();
  waiting[0]?.(Response.json({ sdp: "v=0", type: "answer", call_id: "call_1", resume: null }));
  await connecting;
  expect(world.asked.map(({ path }) => path)).toContain("/api/calls/call_1/hangup");
  expect([call.phase, world.sockets.length]).toEqual(["ended", 0]);
});

test("a page that goes away hangs up by a request that outlives it", async () => {
  await live();
  call.leave();
  expect(world.asked.at(-1)).toMatchObject({ path: "/api/calls/call_1/hangup", method: "POST" });
});

test("typed lines are whole turns, blank ones and ones the server would pass over are none", async () => {
  expect(call.sendText("too early")).toBe(false);
  await live();
  expect([call.sendText("  a haircut  "), call.sendText("   ")]).toEqual([true, false]);
  expect(call.sendText("x".repeat(2_001))).toBe(false);
  expect(world.channel.sent).toEqual([{ type: "text", text: "a haircut" }]);
});

test("muting sends silence and says so", async () => {
  await live();
  call.mute(true);
  expect([world.microphone.tracks[0]?.enabled, call.muted]).toEqual([false, true]);
  call.mute(true);
  call.mute(false);
  expect(world.channel.sent).toEqual([
    { type: "mute", muted: true },
    { type: "mute", muted: false },
  ]);
});

test("a call begun muted is silent from its first packet", async () => {
  await live({ muted: true });
  expect(world.microphone.tracks[0]?.enabled).toBe(false);
});

test("a stream of the page's own is copied, so that muting and ending leave it alone", async () => {
  const stream = new FakeStream();
  await live({ microphone: stream });
  call.mute(true);
  call.hangUp();
  const [own] = stream.tracks;
  expect([own?.enabled, own?.stopped]).toEqual([true, false]);
  expect([own?.copies[0]?.enabled, own?.copies[0]?.stopped]).toEqual([false, true]);
});

test("another microphone is spoken through at once and stays muted", async () => {
  await live();
  call.mute(true);
  const next = new FakeStream();
  await call.setMicrophone(next as unknown as MediaStream);
  const [, used] = world.peer.tracks;
  expect(used).toBe(next.tracks[0]?.copies[0]);
  expect([used?.enabled, world.microphone.tracks[0]?.stopped]).toEqual([false, true]);
});

test("a microphone that cannot be opened leaves the old one in use", async () => {
  await live();
  world.microphoneError = new DOMException("", "NotReadableError");
  await expect(call.setMicrophone({ deviceId: "other" })).rejects.toMatchObject({ kind: "microphone_busy" });
  expect([world.peer.tracks.length, world.microphone.tracks[0]?.stopped]).toEqual([1, false]);
});

test("without a microphone one can still type", async () => {
  await live({ microphone: "none" });
  expect(world.peer.tracks).toEqual([null]);
  expect(call.sendText("hello")).toBe(true);
  expect(call.levels()).toEqual({ caller: 0, agent: 0 });
});

test("the agent's voice is played, measured and handed out", async () => {
  const received = vi.fn();
  call.on("received", received);
  await live();
  const stream = new FakeStream();
  world.peer.dispatch("track", { track: new FakeTrack(), streams: [stream] });
  expect(received).toHaveBeenCalledWith(stream);
  expect(call.received).toBe(stream);
  expect(call.levels().agent).toBe(1);
});

test("a browser that keeps the agent silent is trouble, not the end", async () => {
  const troubles: string[] = [];
  call.on("trouble", ({ kind }) => troubles.push(kind));
  world.playing = false;
  await live();
  world.peer.dispatch("track", { track: new FakeTrack(), streams: [new FakeStream()] });
  await vi.waitFor(() => expect(troubles).toEqual(["silent_speaker"]));
  expect(call.phase).toBe("live");
});

test.each([
  ["NotAllowedError", "microphone_refused"],
  ["SecurityError", "microphone_refused"],
  ["NotFoundError", "no_microphone"],
  ["OverconstrainedError", "no_microphone"],
  ["NotReadableError", "microphone_busy"],
])("a microphone that fails with %s is %s", async (name, kind) => {
  world.microphoneError = new DOMException("", name);
  await expect(call.connect()).rejects.toMatchObject({ kind });
  expect([endings[0]?.fault?.kind, world.peers.length]).toEqual([kind, 0]);
});

test("an insecure origin is told apart from a refused microphone", async () => {
  world.secure = false;
  await expect(call.connect()).rejects.toMatchObject({ kind: "insecure_origin", message: expect.stringContaining("ANTIPHON_TLS=auto") });
});

test("a browser without WebRTC is told so", async () => {
  world.capable = false;
  await expect(call.connect()).rejects.toMatchObject({ kind: "unsupported" });
});

test.each([
  [401, "unauthorized"],
  [404, "refused"],
  [503, "busy"],
])("an offer refused with %i is %s, in the server's words", async (status, kind) => {
  world.answers.set("/api/voice/offer", () => Response.json({ error: { code: "x", message: "because" } }, { status }));
  await expect(call.connect()).rejects.toMatchObject({ kind, message: "because" });
  await vi.advanceTimersByTimeAsync(600);
  expect([world.peer.closed, call.phase]).toEqual([true, "ended"]);
});

test("a server that does not answer is gone", async () => {
  world.answers.clear();
  await expect(call.connect()).rejects.toMatchObject({ kind: "server_gone" });
});

test("a call may follow a call", async () => {
  await live();
  call.hangUp();
  world.sockets.length = 0;
  await live();
  expect(phases).toEqual(["opening", "calling", "live", "ended", "opening", "calling", "live"]);
  await expect(call.connect()).rejects.toMatchObject({ kind: "refused" });
  expect(call.phase).toBe("live");
});
