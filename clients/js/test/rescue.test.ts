import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AntiphonCall, AntiphonServer, type CallFault, type Ticket } from "../src/index.js";
import { World } from "./fakes.js";

let world: World;
let call: AntiphonCall;
let weak: boolean[];
let faults: (CallFault | null)[];

beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
  call = new AntiphonCall(new AntiphonServer(world.platform, "http://127.0.0.1:8080"), world.platform);
  weak = [];
  faults = [];
  call.on("weak", (now) => weak.push(now));
  call.on("ended", ({ fault }) => faults.push(fault));
});

afterEach(() => {
  vi.useRealTimers();
});

async function live(ticket: Ticket | null = null): Promise<void> {
  const connecting = call.connect({ agent: "salon", ticket });
  await vi.waitFor(() => expect(world.sockets.length).toBeGreaterThan(0));
  world.peer.become("connected");
  world.channel.open();
  await connecting;
  world.asked.length = 0;
}

/** The bodies of the offers since the call was live. */
const offers = (): unknown[] => world.asked.filter(({ path }) => path === "/api/voice/offer").map(({ body }) => body);

const refuse = (status: number): Response => Response.json({ error: { code: "x", message: "because" } }, { status });

test("a path that comes back by itself is weak for a while and no more", async () => {
  await live();
  world.peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(900);
  world.peer.become("connected");
  await vi.advanceTimersByTimeAsync(5_000);
  expect([weak, call.phase, offers()]).toEqual([[true, false], "live", []]);
});

test("a path that stays away is looked for anew by an ICE restart with the call's token", async () => {
  await live();
  world.peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(1_100);
  expect(offers()).toEqual([
    { sdp: "v=0 m=audio m=application restart 1", type: "offer", call_id: "call_1", resume: "token_1" },
  ]);
  expect(world.sockets).toHaveLength(2);
  world.peer.become("connected");
  await vi.advanceTimersByTimeAsync(0);
  expect([weak.at(-1), call.phase, call.ticket?.resume, world.peers.length]).toEqual([false, "live", "token_2", 1]);
});

test("a connection that has failed for good is replaced by another, which is spoken through and heard", async () => {
  await live();
  world.peer.become("failed");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(world.peers).toHaveLength(2);
  expect(offers().at(-1)).toMatchObject({ call_id: "call_1", resume: "token_2", agent: null });
  world.peer.become("connected");
  world.channel.open();
  await vi.advanceTimersByTimeAsync(600);
  expect([world.peers[0]?.closed, call.phase, call.id]).toEqual([true, "live", "call_1"]);
  expect(call.sendText("here again")).toBe(true);
  expect(world.channel.sent).toEqual([{ type: "text", text: "here again" }]);
  expect(world.peer.tracks).toHaveLength(1);
  expect(faults).toEqual([]);
});

test("a line that the server has closed without a goodbye cannot be restarted and is replaced at once", async () => {
  await live();
  world.channel.close();
  await vi.advanceTimersByTimeAsync(10);
  expect([world.peers.length, world.peers[0]?.restarts]).toEqual([2, 0]);
});

const lost = (): Response => {
  throw new TypeError("Failed to fetch");
};
const brokenOff = (): Response => new Response(new ReadableStream({ start: (body) => body.error(new TypeError("network error")) }));

test.each([
  ["is lost", lost],
  ["breaks off half-way", brokenOff],
])("a restart whose answer %s is asked for again as it was", async (_, answered) => {
  await live();
  const answer = world.answers.get("/api/voice/offer");
  world.answers.set("/api/voice/offer", answered);
  world.peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(1_100);
  if (answer) world.answers.set("/api/voice/offer", answer);
  await vi.advanceTimersByTimeAsync(600);
  const [first, second] = offers();
  expect(second).toEqual(first);
  expect([world.peers.length, world.peer.restarts, world.peer.signalingState]).toEqual([1, 1, "stable"]);
});

test("another line whose answer was lost asks for it again, for its token opens once", async () => {
  await live();
  const answer = world.answers.get("/api/voice/offer");
  world.answers.delete("/api/voice/offer");
  world.channel.close();
  await vi.advanceTimersByTimeAsync(100);
  if (answer) world.answers.set("/api/voice/offer", answer);
  await vi.advanceTimersByTimeAsync(600);
  const [first, second] = offers();
  expect(first).toMatchObject({ call_id: "call_1", resume: "token_1" });
  expect(second).toEqual(first);
  world.peer.become("connected");
  world.channel.open();
  await vi.advanceTimersByTimeAsync(600);
  expect([world.peers.length, world.peers[0]?.closed, call.phase, call.ticket?.resume]).toEqual([2, true, "live", "token_2"]);
  expect(call.sendText("here again")).toBe(true);
});

test("a line that has still no answer when the call is given up is closed", async () => {
  await live();
  world.answers.delete("/api/voice/offer");
  world.channel.close();
  await vi.advanceTimersByTimeAsync(100);
  call.hangUp();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(world.peers.map(({ closed }) => closed)).toEqual([true, true]);
});

test("without any network nothing is asked until there is one", async () => {
  await live();
  world.online = false;
  world.peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(offers()).toEqual([]);
  world.online = true;
  await vi.advanceTimersByTimeAsync(2_100);
  expect(offers()).toHaveLength(1);
});

test("a call that the server has ended is not come back to", async () => {
  await live();
  world.answers.set("/api/voice/offer", () => refuse(404));
  world.channel.close();
  await vi.advanceTimersByTimeAsync(100);
  expect(faults.map((fault) => fault?.kind)).toEqual(["connection_lost"]);
});

test("a server that has died is noticed within seconds", async () => {
  await live();
  world.answers.clear();
  world.peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(8_000);
  expect(faults.map((fault) => fault?.kind)).toEqual(["server_gone"]);
});

test("a rescue ends after half a minute", async () => {
  await live();
  world.online = false;
  world.peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(30_000);
  expect(faults).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(faults.map((fault) => fault?.kind)).toEqual(["connection_lost"]);
});

test("hanging up while the line is being mended ends the call and the rescue", async () => {
  await live();
  world.peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(1_100);
  call.hangUp();
  await vi.advanceTimersByTimeAsync(30_000);
  expect([faults, offers().length, call.phase]).toEqual([[null], 1, "ended"]);
});

test("a page that goes away says that it may come back, and takes its ticket along", async () => {
  await live();
  expect(call.pause()).toEqual({ call: "call_1", resume: "token_1", way: "webrtc" });
  expect([world.channel.sent.at(-1), call.phase]).toEqual([{ type: "leaving" }, "ended"]);
  expect(world.asked.map(({ path }) => path)).not.toContain("/api/calls/call_1/hangup");
});

test("a page that cannot say so hangs up", async () => {
  await live();
  world.channel.readyState = "closing";
  expect(call.pause()).toBeNull();
  expect(world.asked.map(({ path }) => path)).toContain("/api/calls/call_1/hangup");
});

test("holding is another offer of the same connection, and taking up again is one more", async () => {
  await live();
  const told: boolean[] = [];
  call.on("held", (held) => told.push(held));
  await call.hold();
  await call.resume();
  await call.resume();
  expect(offers()).toEqual([
    { sdp: "v=0 m=audio m=application inactive", type: "offer", call_id: "call_1", resume: "token_1" },
    { sdp: "v=0 m=audio m=application", type: "offer", call_id: "call_1", resume: "token_2" },
  ]);
  expect([told, world.peers.length, world.peer.restarts]).toEqual([[true, false], 1, 0]);
});

test("a hold that the server does not hear of changes nothing", async () => {
  await live();
  world.answers.set("/api/voice/offer", () => refuse(503));
  await expect(call.hold()).rejects.toMatchObject({ kind: "busy" });
  expect([call.held, call.phase]).toEqual([false, "live"]);
  expect([world.peer.audio?.direction, world.peer.signalingState]).toEqual(["sendrecv", "stable"]);
});

test("a hold after a restart that nobody answered, because the path came back by itself, is heard all the same", async () => {
  await live();
  world.answers.delete("/api/voice/offer");
  world.peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(1_100);
  world.peer.become("connected");
  await vi.advanceTimersByTimeAsync(5_000);
  world.answers.set("/api/voice/offer", () => Response.json(world.answer()));
  world.asked.length = 0;
  await call.hold();
  expect(offers()).toMatchObject([
    { sdp: "v=0 m=audio m=application restart 1", resume: "token_1" },
    { sdp: "v=0 m=audio m=application inactive restart 1", resume: "token_2" },
  ]);
});

test("a held call that comes back over another connection is held on it", async () => {
  await live();
  await call.hold();
  world.channel.close();
  await vi.advanceTimersByTimeAsync(10);
  expect(offers().at(-1)).toMatchObject({ sdp: "v=0 m=audio m=application inactive", resume: "token_2" });
  expect(call.held).toBe(true);
});

test("where packets get through no longer, the call goes on over a WebSocket", async () => {
  const ways: string[] = [];
  call.on("way", (way) => ways.push(way));
  await live();
  world.peer.become("disconnected");
  await vi.advanceTimersByTimeAsync(12_000);
  expect([world.peers.length, world.socket.url]).toEqual([
    2,
    "ws://127.0.0.1:8080/api/voice/ws?call_id=call_1&resume=token_3",
  ]);
  world.socket.open();
  world.socket.tell({ type: "stream", call_id: "call_1", format: "pcm16", rate_hz: 16_000, frame_ms: 20, resume: "token_s" });
  await vi.advanceTimersByTimeAsync(600);
  expect([ways, call.phase, call.way, weak.at(-1), faults]).toEqual([["webrtc", "websocket"], "live", "websocket", false, []]);
  expect(world.peers.map(({ closed }) => closed)).toEqual([true, true]);
});

test("a page that has come back goes on with the call of its ticket", async () => {
  const ticket: Ticket = { call: "call_1", resume: "token_0", way: "webrtc" };
  const connecting = call.connect({ ticket });
  await vi.waitFor(() => expect(world.sockets).toHaveLength(1));
  expect(offers()).toEqual([expect.objectContaining({ call_id: "call_1", resume: "token_0" })]);
  world.peer.become("connected");
  await connecting;
  expect([call.phase, call.id, call.ticket?.resume]).toEqual(["live", "call_1", "token_1"]);
});

test("a ticket that opens no more is refused in the server's words", async () => {
  world.answers.set("/api/voice/offer", () => refuse(403));
  await expect(call.connect({ ticket: { call: "call_1", resume: "used", way: "webrtc" } })).rejects.toMatchObject({ message: "because" });
});

const RELAY = { urls: ["turn:relay.example:3478?transport=udp"], username: "1:call_1", credential: "secret" };

test("a call that does not get through by itself tries the relay of the answer before it gives up", async () => {
  world.relays = [RELAY];
  const connecting = call.connect();
  await vi.waitFor(() => expect(world.sockets).toHaveLength(1));
  expect(world.peer.configuration).toEqual({ bundlePolicy: "max-bundle", iceServers: [RELAY] });
  await vi.advanceTimersByTimeAsync(1_600);
  expect(offers().at(-1)).toMatchObject({ call_id: "call_1", resume: "token_1" });
  expect(world.peer.restarts).toBe(1);
  world.peer.become("connected");
  await connecting;
  expect([call.way, world.peers.length]).toEqual(["webrtc", 1]);
});

test("a call that gets through by itself asks no relay", async () => {
  world.relays = [RELAY];
  await live();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(world.peer.restarts).toBe(0);
});

test("where the relay does not help either, a WebSocket does", async () => {
  world.relays = [RELAY];
  const connecting = call.connect();
  connecting.catch(() => {});
  await vi.advanceTimersByTimeAsync(5_600);
  expect(world.socket.url).toContain("/api/voice/ws");
});

const halfSeconds = async (count: number, way: { out?: boolean; back?: boolean }): Promise<void> => {
  for (let n = 0; n < count; n++) await world.peer.flow(way, (ms) => vi.advanceTimersByTimeAsync(ms));
};

test("a server that is not heard although packets leave is looked for anew before the browser says so", async () => {
  await live();
  await halfSeconds(6, {});
  expect([weak, offers()]).toEqual([[], []]);
  await halfSeconds(4, { back: false });
  expect([weak, offers()]).toEqual([[true], []]);
  await halfSeconds(3, { back: false });
  expect(offers()).toMatchObject([{ sdp: "v=0 m=audio m=application restart 1", resume: "token_1" }]);
  await halfSeconds(1, {});
  expect([weak.at(-1), call.phase, world.peers.length, faults]).toEqual([false, "live", 1, []]);
});

test("a server that is heard again within a second is not looked for", async () => {
  await live();
  await halfSeconds(2, {});
  await halfSeconds(5, { back: false });
  await halfSeconds(20, {});
  expect([weak, offers(), call.phase]).toEqual([[true, false], [], "live"]);
});

test("silence proves nothing on hold, without a microphone, in a tab that was frozen, or where packets are not counted", async () => {
  await live();
  await halfSeconds(40, { out: false, back: false });
  expect(weak).toEqual([]);
  world.peer.packets = null;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(weak).toEqual([]);
  await halfSeconds(4, {});
  vi.setSystemTime(Date.now() + 600_000);
  await halfSeconds(2, { back: false });
  await halfSeconds(2, {});
  expect(weak).toEqual([]);
  await call.hold();
  world.asked.length = 0;
  await halfSeconds(40, { back: false });
  expect([weak, offers(), call.phase]).toEqual([[], [], "live"]);
});

test("a server that stays unheard over every line is given up as ever", async () => {
  await live();
  world.answers.delete("/api/voice/offer");
  world.answers.delete("/healthz");
  await halfSeconds(2, {});
  await halfSeconds(60, { back: false });
  expect([call.phase, faults.map((fault) => fault?.kind)]).toEqual(["ended", ["server_gone"]]);
});
