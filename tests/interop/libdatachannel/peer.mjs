// Callers on libdatachannel. Reads a request a line, `{id, peer, do, args}`, and writes `{id, ok}` or `{id, error}`; an answer comes
// when what was asked for has happened. Audio is Opus packets in base64: making and hearing tones is the other side's.
import { createInterface } from "node:readline";

import { Audio, PeerConnection, getLibraryVersion } from "node-datachannel";

const OPUS = 111;
const KEYS = 110;
const SSRC = 0x1ea5e;
const FRAME_MS = 20;
const FRAME_TICKS = 960;
const DIGITS = "0123456789*#ABCD";
const ENDS = 3; // RFC 4733 2.5.1.4
const EVENT_FRAMES = 5;
const GAP_FRAMES = 4;
const FOUND = ["connected", "completed"];

class Happening {
  // Resolves `until` calls as soon as `happened` makes their condition true.
  #waiting = new Set();
  happened() {
    for (const look of [...this.#waiting]) look();
  }
  until(condition) {
    return new Promise((done) => {
      const look = () => {
        const found = condition();
        if (!found) return;
        this.#waiting.delete(look);
        done(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

// The binding adds the codec's line but not its number to the section's first.
function withKeys(sdp) {
  return sdp.replace(`SAVPF ${OPUS}\r`, `SAVPF ${OPUS} ${KEYS}\r`);
}

// libdatachannel 0.24.5 hands the answer to ICE before it keeps the fingerprint in it. When the server's checks came before the answer,
// ICE and DTLS are done within that moment on one machine, and about one call in thirty fails to verify the certificate. A server that
// is told no address cannot be so early.
function withoutCandidates(sdp) {
  return sdp.replace(/a=(candidate:.*|end-of-candidates)\r\n/g, "");
}

class Peer {
  #news = new Happening();
  #messages = [];
  #lines = [];
  #heard = [];
  #ended = new Map();
  #wanted = 0;
  #frames = [];
  #packet = 0; // of the RTP sequence
  #frame = 0; // of media time
  #over = "";

  constructor(number) {
    this.pc = new PeerConnection(`peer ${number}`, { iceServers: [], disableAutoNegotiation: true });
    this.pc.onLocalCandidate((line) => this.#note(() => this.#lines.push(line)));
    this.pc.onStateChange((state) => this.#note(() => this.#changed(state)));
    this.pc.onIceStateChange((state) => FOUND.includes(state) && (this.iceAt ??= performance.now()));
    this.pc.onGatheringStateChange(() => this.#news.happened());
    const audio = new Audio("audio", "SendRecv");
    audio.addOpusCodec(OPUS);
    audio.parseSdpLine(`a=rtpmap:${KEYS} telephone-event/48000`);
    audio.addSSRC(SSRC, "peer", "stream", "track");
    this.track = this.pc.addTrack(audio);
    this.track.onMessage((packet) => this.#note(() => this.#received(packet)));
    this.channel = this.pc.createDataChannel("antiphon");
    this.channel.onMessage((text) => this.#note(() => this.#messages.push(text)));
    this.channel.onOpen(() => this.#news.happened());
    this.channel.onClosed(() => this.#note(() => (this.#over ||= "the channel closed")));
  }

  #note(change) {
    change();
    this.#news.happened();
  }

  // The binding has a queue for each kind of event, and under load the whole is told of before ICE is: a whole that is connected has ICE
  // too.
  #changed(state) {
    if (state === "connected") this.connectedAt ??= performance.now();
    this.iceAt ??= this.connectedAt;
    if (["disconnected", "failed", "closed"].includes(state)) this.#over ||= state;
  }

  #received(packet) {
    const payloadType = packet[1] & 0x7f;
    if (payloadType !== OPUS && payloadType !== KEYS) return; // RTCP comes here too
    const header = 12 + 4 * (packet[0] & 0x0f);
    const extension = packet[0] & 0x10 ? 4 + 4 * packet.readUInt16BE(header + 2) : 0;
    if (payloadType === KEYS) this.#told(packet.readUInt32BE(4), packet.subarray(header + extension));
    else if (this.#heard.length < this.#wanted) this.#heard.push(packet.subarray(header + extension).toString("base64"));
  }

  // A key counts once, at the first end of its timestamp.
  #told(timestamp, [event, flags]) {
    if (flags & 0x80) this.#ended.set(timestamp, DIGITS[event]);
  }

  async pressed(count) {
    await this.#news.until(() => this.#ended.size >= count);
    return [...this.#ended.values()].join("");
  }

  async offer() {
    this.pc.setLocalDescription("offer");
    await this.#news.until(() => this.pc.gatheringState() === "complete");
    this.offeredAt = performance.now();
    return withKeys(withoutCandidates(this.pc.localDescription().sdp));
  }

  offerEarly() {
    const described = new Promise((done) => this.pc.onLocalDescription((sdp) => done(withKeys(sdp))));
    this.pc.setLocalDescription("offer");
    this.offeredAt = performance.now();
    return described;
  }

  async candidates() {
    await this.#news.until(() => this.pc.gatheringState() === "complete");
    return this.#lines.map((line) => line.replace(/^a=/, ""));
  }

  accept(sdp) {
    this.answeredAt ??= performance.now();
    this.pc.setRemoteDescription(sdp, "answer");
  }

  async connected() {
    await this.#news.until(() => this.connectedAt);
    const { offeredAt, answeredAt, iceAt, connectedAt } = this;
    return { answered: answeredAt - offeredAt, ice: iceAt - offeredAt, connected: connectedAt - offeredAt };
  }

  // Send these packets, 20 ms each, over and over.
  async play(frames) {
    await this.#news.until(() => this.pc.state() === "connected");
    this.#frames = frames.map((frame) => Buffer.from(frame, "base64"));
    this.started = performance.now();
    let sent = 0;
    this.pace ??= setInterval(() => {
      for (; sent * FRAME_MS <= performance.now() - this.started; sent++) this.#speak();
    }, FRAME_MS / 2);
  }

  #speak() {
    if (this.keys?.length) return this.keys.shift()();
    this.#send(OPUS, this.#frame * FRAME_TICKS, false, this.#frames[this.#frame % this.#frames.length]);
    this.#frame++;
  }

  #send(payloadType, timestamp, marker, payload) {
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = payloadType | (marker ? 0x80 : 0);
    header.writeUInt16BE(this.#packet++ & 0xffff, 2);
    header.writeUInt32BE(timestamp >>> 0, 4);
    header.writeUInt32BE(SSRC, 8);
    if (this.track.isOpen()) this.track.sendMessageBinary(Buffer.concat([header, payload]));
  }

  // RFC 4733: an event keeps the timestamp of its beginning and tells how long it has lasted.
  async press(digits) {
    this.keys = [...digits].flatMap((digit) => this.#key(DIGITS.indexOf(digit)));
    await this.#news.until(() => !this.keys.length);
  }

  #key(event) {
    let began;
    const tell = (number, ends) => () => {
      began ??= this.#frame * FRAME_TICKS;
      const payload = Buffer.from([event, (ends ? 0x80 : 0) | 10, 0, 0]);
      payload.writeUInt16BE(number * FRAME_TICKS, 2);
      this.#send(KEYS, began, number === 1, payload);
      if (!ends) this.#frame++;
      this.#news.happened();
    };
    const pause = () => this.#frame++;
    return [
      ...Array.from({ length: EVENT_FRAMES }, (_, number) => tell(number + 1, false)),
      ...Array.from({ length: ENDS }, () => tell(EVENT_FRAMES, true)),
      ...Array.from({ length: GAP_FRAMES }, () => pause),
    ];
  }

  // The next `count` packets heard.
  async listen(count) {
    this.#heard = [];
    this.#wanted = count;
    await this.#news.until(() => this.#heard.length >= count);
    return this.#heard;
  }

  async send(text) {
    await this.#news.until(() => this.channel.isOpen());
    this.channel.sendMessage(text);
  }

  async told() {
    await this.#news.until(() => this.#messages.length);
    return this.#messages.shift();
  }

  gone() {
    return this.#news.until(() => this.#over);
  }

  pair() {
    return this.pc.getSelectedCandidatePair()?.remote.transportType.toLowerCase() ?? null;
  }

  close() {
    clearInterval(this.pace);
    this.pc.close();
  }
}

const peers = new Map();

async function answer({ id, peer, do: order, args }) {
  try {
    if (order === "version") return { id, ok: getLibraryVersion() };
    if (!peers.has(peer)) peers.set(peer, new Peer(peer));
    return { id, ok: (await peers.get(peer)[order](...args)) ?? null };
  } catch (error) {
    return { id, error: String(error) };
  }
}

createInterface({ input: process.stdin })
  .on("line", async (line) => process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`))
  .on("close", () => process.exit(0));
