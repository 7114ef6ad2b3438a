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

test("typed lines are whole turns, blank ones are none", async () => {
  expect(call.sendText("too early")).toBe(false);
  await live();
  expect([call.sendText("  a haircut  "), call.sendText("   ")]).toEqual([true, false]);
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

/** A call whose packets do not get through: the page's WebSocket is open, and the server has not said anything yet. */
async function blocked(how: string): Promise<{ connecting: Promise<void> }> {
  const connecting = call.connect({ agent: "salon" });
  connecting.catch(() => {}); // it may fail before it is looked at
  await vi.waitFor(() => expect(world.sockets).toHaveLength(1));
  if (how === "failed") world.peer.become("failed");
  else await vi.advanceTimersByTimeAsync(4_000);
  await vi.waitFor(() => expect(world.sockets).toHaveLength(2));
  world.socket.open();
  return { connecting };
}

const STREAM = { type: "stream", call_id: "call_2", format: "pcm16", rate_hz: 16_000, frame_ms: 20, resume: "token_s" };

/** A call that is live over WebSocket. */
async function liveOverWebSocket(how = "failed"): Promise<void> {
  const { connecting } = await blocked(how);
  world.socket.tell(STREAM);
  await vi.advanceTimersByTimeAsync(1);
  await connecting;
}

test.each(["failed", "never"])("packets that do not get through (%s) are given up for a WebSocket", async (how) => {
  const ways: string[] = [];
  call.on("way", (way) => ways.push(way));
  await liveOverWebSocket(how);
  expect(world.socket.url).toBe("ws://127.0.0.1:8080/api/voice/ws?agent=salon");
  expect([ways, call.way, call.id, call.phase]).toEqual([["websocket"], "websocket", "call_2", "live"]);
  expect(world.asked.map(({ path }) => path)).toContain("/api/calls/call_1/hangup");
  expect(world.peer.closed).toBe(true);
});

test("over a WebSocket frames go out, packets are played, and what was played is told", async () => {
  await liveOverWebSocket();
  world.pcm.events.frame(new ArrayBuffer(640));
  world.socket.tell(new ArrayBuffer(640));
  world.socket.tell({ type: "mark", reply: 3, position_ms: 100 });
  world.socket.tell({ type: "clear", reply: 3 });
  world.pcm.events.played(3, 100);
  expect(world.pcm.done).toEqual(["listening", 640, [3, 100], "clear"]);
  expect(world.socket.sent).toEqual([640, { type: "playout", reply: 3, position_ms: 100 }]);
  expect(call.sendText("half past two")).toBe(true);
  expect((await call.quality())?.path).toBe("websocket");
});

test("a WebSocket that is behind gets no more of the microphone", async () => {
  await liveOverWebSocket();
  world.socket.bufferedAmount = 40_000;
  world.pcm.events.frame(new ArrayBuffer(640));
  expect(world.socket.sent).toEqual([]);
});

test("over a WebSocket the page is told, says goodbye and lets go", async () => {
  const told: string[] = [];
  call.on("message", ({ type }) => told.push(type));
  await liveOverWebSocket();
  world.socket.tell(message("state", { state: "listening", specialist: "triage" }));
  call.hangUp();
  expect(told).toEqual(["state"]);
  expect([world.socket.sent.at(-1), world.socket.readyState]).toEqual([{ type: "hangup" }, 3]);
  expect(world.pcm.done.at(-1)).toBe("closed");
});

test("a WebSocket that breaks is replaced by another with the call's token", async () => {
  await liveOverWebSocket();
  world.socket.refuse(1006);
  await vi.waitFor(() => expect(world.sockets).toHaveLength(3));
  expect(world.socket.url).toBe("ws://127.0.0.1:8080/api/voice/ws?call_id=call_2&resume=token_s");
  world.socket.open();
  world.socket.tell({ ...STREAM, resume: "token_t" });
  await vi.advanceTimersByTimeAsync(10);
  expect([call.phase, call.id, call.ticket?.resume, world.peers.length]).toEqual(["live", "call_2", "token_t", 1]);
  expect(call.sendText("here again")).toBe(true);
  expect(world.socket.sent.at(-1)).toEqual({ type: "text", text: "here again" });
});

test("a WebSocket whose token opens nothing is a lost connection", async () => {
  await liveOverWebSocket();
  world.socket.refuse(1006);
  await vi.waitFor(() => expect(world.sockets).toHaveLength(3));
  world.socket.refuse(1008, "This resume token opens no call");
  await vi.waitFor(() => expect(endings[0]?.fault?.kind).toBe("connection_lost"));
});

test("a WebSocket over which nothing comes any more is given up within seconds", async () => {
  await liveOverWebSocket();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(world.socket.sent.filter((sent) => (sent as { type?: string }).type === "ping")).toHaveLength(2);
  world.socket.tell({ type: "pong", n: 2 });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(world.sockets).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(world.socket.url).toContain("resume=token_s");
});

test("a page that goes away in a call over WebSocket leaves with its ticket, and comes back without trying UDP", async () => {
  await liveOverWebSocket();
  expect(call.pause()).toEqual({ call: "call_2", resume: "token_s", way: "websocket" });
  expect(world.socket.sent.at(-1)).toEqual({ type: "leaving" });
  const back = call.connect({ ticket: { call: "call_2", resume: "token_s", way: "websocket" } });
  await vi.waitFor(() => expect(world.sockets).toHaveLength(3));
  world.socket.open();
  world.socket.tell({ ...STREAM, resume: "token_t" });
  await vi.advanceTimersByTimeAsync(10);
  await back;
  expect([world.peers.length, call.way, call.id]).toEqual([1, "websocket", "call_2"]);
});

test("over a WebSocket a held call says so and sends nothing of the microphone", async () => {
  await liveOverWebSocket();
  await call.hold();
  world.pcm.events.frame(new ArrayBuffer(640));
  expect([call.held, world.socket.sent]).toEqual([true, [{ type: "hold", held: true }]]);
  await call.resume();
  world.pcm.events.frame(new ArrayBuffer(640));
  expect([call.held, world.socket.sent.slice(1)]).toEqual([false, [{ type: "hold", held: false }, 640]]);
});

test.each([
  [1006, "network_blocked"],
  [1013, "busy"],
  [1008, "refused"],
])("a WebSocket closed with %i before the call began is %s", async (code, kind) => {
  const { connecting } = await blocked("failed");
  world.socket.refuse(code, "because");
  await expect(connecting).rejects.toMatchObject({ kind });
  expect(call.phase).toBe("ended");
});

test("hanging up while another way is tried ends the call", async () => {
  const { connecting } = await blocked("failed");
  call.hangUp();
  world.socket.refuse(1006);
  await connecting.catch(() => {});
  expect([call.phase, endings[0]?.fault]).toEqual(["ended", null]);
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
