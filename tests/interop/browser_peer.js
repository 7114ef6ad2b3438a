// A browser's side of an interop call: one Peer per call, driven from outside by `ask(number, method, args)`.
const POLL_MS = 20;
const FOUND = ["connected", "completed"];
const peers = [];

// A tone: an oscillator's where there is one, or the browser's own make-believe microphone. Firefox starts no AudioContext on a machine
// without a sound card.
async function voice(hz, microphone) {
  if (microphone) return navigator.mediaDevices.getUserMedia({ audio: true });
  const context = new AudioContext();
  const out = new MediaStreamAudioDestinationNode(context);
  const tone = new OscillatorNode(context, { frequency: hz });
  tone.connect(new GainNode(context, { gain: 0.3 })).connect(out);
  tone.start();
  await context.resume();
  return Object.assign(out.stream, { context });
}

class Peer {
  constructor(stream) {
    this.messages = [];
    this.lines = [];
    this.pc = new RTCPeerConnection();
    this.pc.onicecandidate = ({ candidate }) => candidate?.candidate && this.lines.push(candidate.candidate);
    this.pc.oniceconnectionstatechange = () => FOUND.includes(this.pc.iceConnectionState) && (this.iceAt ??= performance.now());
    this.pc.onconnectionstatechange = () => this.pc.connectionState === "connected" && (this.connectedAt ??= performance.now());
    this.pc.ontrack = ({ streams: [far] }) => this.listen(far);
    this.channel = this.pc.createDataChannel("antiphon");
    this.channel.onmessage = ({ data }) => this.messages.push(data);
    this.stream = stream;
    [this.track] = stream.getAudioTracks();
    this.track.enabled = false;
    this.sender = this.pc.addTrack(this.track, stream);
  }

  listen(far) {
    this.far = far;
    // Chromium decodes a remote track only for an element that plays it.
    this.element = Object.assign(new Audio(), { muted: true, srcObject: far });
    this.element.play();
  }

  async until(condition) {
    for (;;) {
      const found = condition();
      if (found) return found;
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }

  async offer() {
    await this.pc.setLocalDescription();
    await this.until(() => this.pc.iceGatheringState === "complete");
    this.offeredAt = performance.now();
    return this.pc.localDescription.sdp;
  }

  // The offer as it is before any candidate is known; `candidates` has them later.
  async offerEarly() {
    const offer = await this.pc.createOffer();
    await this.pc.setLocalDescription(offer);
    this.offeredAt = performance.now();
    return offer.sdp;
  }

  async candidates() {
    await this.until(() => this.pc.iceGatheringState === "complete");
    return this.lines;
  }

  async offerAgain(change) {
    if (change === "restart") this.pc.restartIce();
    else this.pc.getTransceivers()[0].direction = change === "hold" ? "inactive" : "sendrecv";
    return this.offer();
  }

  async accept(sdp) {
    this.answeredAt ??= performance.now();
    await this.pc.setRemoteDescription({ type: "answer", sdp });
  }

  // Call as a page does, over HTTP from here.
  async dial(path, headers, agent) {
    const offer = { type: "offer", sdp: await this.offer(), agent };
    headers = { ...headers, "Content-Type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(offer) });
    if (!answer.ok) throw new Error(await answer.text());
    const { sdp, call_id } = await answer.json();
    await this.accept(sdp);
    return call_id;
  }

  async connected() {
    await this.until(() => this.connectedAt);
    const { offeredAt, answeredAt, iceAt, connectedAt } = this;
    return { answered: answeredAt - offeredAt, ice: iceAt - offeredAt, connected: connectedAt - offeredAt };
  }

  play() {
    this.track.enabled = true;
  }

  // What comes from now on is recorded.
  async record() {
    await this.until(() => this.far);
    this.recorder?.stop();
    const recorder = (this.recorder = new MediaRecorder(this.far));
    const parts = (this.parts = []);
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const started = new Promise((done) => (recorder.onstart = done));
    recorder.start();
    await started;
  }

  // What has been recorded `ms` from now, as a file of whatever kind the browser writes, in base64.
  async recorded(ms) {
    await new Promise((done) => setTimeout(done, ms));
    const written = new Promise((done) => this.recorder.addEventListener("dataavailable", done, { once: true }));
    this.recorder.requestData();
    await written;
    const bytes = new Uint8Array(await new Blob(this.parts).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }

  async send(text) {
    await this.until(() => this.channel.readyState === "open");
    this.channel.send(text);
  }

  async told() {
    await this.until(() => this.messages.length);
    return this.messages.shift();
  }

  async press(digits) {
    // Firefox does not tell whether it can.
    await this.until(() => this.sender.dtmf?.canInsertDTMF ?? this.pc.connectionState === "connected");
    this.sender.dtmf.insertDTMF(digits, 100, 70);
  }

  async gone() {
    const over = ["disconnected", "failed", "closed"];
    await this.until(() => this.channel.readyState === "closed" || over.includes(this.pc.connectionState));
    return `${this.channel.readyState} ${this.pc.connectionState}`;
  }

  async pair() {
    const stats = await this.pc.getStats();
    const pairs = [...stats.values()].filter((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
    return pairs.length ? stats.get(pairs[0].remoteCandidateId).protocol : null;
  }

  async received() {
    for (const report of (await this.pc.getStats()).values())
      if (report.type === "inbound-rtp") return { packets: report.packetsReceived, lost: report.packetsLost };
    return { packets: 0, lost: 0 };
  }

  close() {
    this.pc.close();
    this.track.stop();
    this.stream.context?.close();
  }
}

globalThis.openPeer = async (hz, microphone) => peers.push(new Peer(await voice(hz, microphone))) - 1;
globalThis.ask = async (number, method, args) => JSON.stringify((await peers[number][method](...args)) ?? null);
