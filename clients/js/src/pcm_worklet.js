// Runs on the browser's audio thread: raw audio at 16 kHz to and from whatever rate the device has. What would fold back is filtered
// out around it, so straight lines between samples are enough.
/* global AudioWorkletProcessor, registerProcessor, sampleRate */

const PCM_HZ = 16_000;
const FRAME = 320; // 20 ms
/** Packets wait so long before the first is played: what the network and the page's own thread may delay the next ones by. */
const AHEAD_MS = 80;

/** The microphone in frames of 20 ms. */
class Microphone extends AudioWorkletProcessor {
  #at = 0; // of the next output, in input samples from the start of this block
  #last = 0; // the last sample of the block before
  #frame = new Int16Array(FRAME);
  #filled = 0;

  process([[samples]]) {
    if (samples === undefined) return true;
    for (; this.#at < samples.length; this.#at += sampleRate / PCM_HZ) {
      const whole = Math.floor(this.#at);
      const before = whole === 0 ? this.#last : samples[whole - 1];
      this.#put(before + (samples[whole] - before) * (this.#at - whole));
    }
    this.#at -= samples.length;
    this.#last = samples[samples.length - 1];
    return true;
  }

  #put(sample) {
    this.#frame[this.#filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
    if (this.#filled < FRAME) return;
    this.port.postMessage(this.#frame.buffer, [this.#frame.buffer]);
    this.#frame = new Int16Array(FRAME);
    this.#filled = 0;
  }
}

/** Packets as sound, and the marks between them. */
class Speaker extends AudioWorkletProcessor {
  #queue = []; // packets and marks, in order
  #read = 0; // samples of the first packet that were played
  #waiting = 0; // samples queued
  #waited = 0; // output samples since the first packet of a stretch came
  #playing = false;
  #at = 1; // between the last two samples
  #before = 0;
  #after = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#take(data);
  }

  #take(data) {
    if (data === "clear") {
      this.#queue = [];
      this.#read = this.#waiting = 0;
    } else if (data instanceof ArrayBuffer) {
      const packet = new Int16Array(data);
      this.#queue.push(packet);
      this.#waiting += packet.length;
    } else {
      this.#queue.push(data);
    }
  }

  process(_, [[out]]) {
    this.#tellMarks();
    if (!this.#playing) {
      this.#waited = this.#waiting === 0 ? 0 : this.#waited + out.length;
      const ahead = (this.#waiting / PCM_HZ) * 1000 >= AHEAD_MS || (this.#waited / sampleRate) * 1000 >= AHEAD_MS;
      if (this.#waiting === 0 || !ahead) return true;
      this.#playing = true;
    }
    for (let i = 0; i < out.length && this.#playing; i++) out[i] = this.#next();
    return true;
  }

  #next() {
    for (this.#at += PCM_HZ / sampleRate; this.#at >= 1; this.#at--) {
      this.#before = this.#after;
      this.#after = this.#pull();
    }
    return this.#before + (this.#after - this.#before) * this.#at;
  }

  #pull() {
    this.#tellMarks();
    const packet = this.#queue[0];
    if (packet === undefined) {
      this.#playing = false;
      this.#waited = 0;
      return 0;
    }
    const sample = packet[this.#read++] / 32768;
    this.#waiting--;
    if (this.#read === packet.length) {
      this.#queue.shift();
      this.#read = 0;
    }
    return sample;
  }

  /** Marks at the head of the queue: everything before them has been played. */
  #tellMarks() {
    while (this.#queue.length > 0 && !(this.#queue[0] instanceof Int16Array)) this.port.postMessage(this.#queue.shift());
  }
}

registerProcessor("antiphon-microphone", Microphone);
registerProcessor("antiphon-speaker", Speaker);
