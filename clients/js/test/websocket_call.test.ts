import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AntiphonCall, AntiphonServer, type CallFault } from "../src/index.js";
import { World } from "./fakes.js";

let world: World;
let call: AntiphonCall;
let endings: { reason: string; fault: CallFault | null }[];

beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
  call = new AntiphonCall(new AntiphonServer(world.platform, "http://127.0.0.1:8080"), world.platform);
  endings = [];
  call.on("ended", (ending) => endings.push(ending));
});

afterEach(() => {
  vi.useRealTimers();
});

const message = (type: string, fields: object = {}): object => ({ type, seq: 1, at_ms: 0, ...fields });

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

test("a server that dies in a call over a WebSocket is named", async () => {
  await liveOverWebSocket();
  world.answers.clear();
  for (let redials = 0; endings.length === 0; redials++) {
    expect(redials, "it is given up before long").toBeLessThan(6);
    const tried = world.sockets.length;
    world.socket.refuse(1006);
    await vi.waitFor(() => expect(world.sockets.length > tried || endings.length > 0).toBe(true), { timeout: 5_000 });
  }
  expect(endings[0]?.fault?.kind).toBe("server_gone");
});

test("a WebSocket that does not get through while the server is there is tried again", async () => {
  await liveOverWebSocket();
  world.socket.refuse(1006);
  await vi.waitFor(() => expect(world.sockets).toHaveLength(3));
  world.socket.refuse(1006);
  await vi.waitFor(() => expect(world.sockets).toHaveLength(4));
  world.socket.open();
  world.socket.tell({ ...STREAM, resume: "token_t" });
  await vi.advanceTimersByTimeAsync(10);
  expect([call.phase, call.ticket?.resume, endings]).toEqual(["live", "token_t", []]);
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
