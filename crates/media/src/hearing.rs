//! The caller's direction of one leg: RTP packets in, an unbroken stream of 16 kHz PCM and the gate's edges out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::gate::{Edge, LevelHint, SpeechGate};
use crate::opus::{Decoder, OpusError, RTP_HZ, duration_48k};
use crate::reorder::{Counts, ReorderWindow, Step};

/// libopus fades its concealment out over about this long; what is missing beyond it is silence.
const CONCEALED_AT_MOST_48K: u32 = RTP_HZ / 10;
/// Silence put in for a gap or a sender's pause; a longer one is not worth the listener's time.
const SILENCE_AT_MOST_48K: u32 = RTP_HZ * 3;
/// Nothing arriving for so long is a stall: what is missing is made up, and more as time goes by, so that endpointing goes on.
const STALL_AFTER: Duration = Duration::from_millis(120);
const STALL_FRAME: Duration = Duration::from_millis(20);
/// Endpointing is over by then; a leg that stays silent is nobody's business but the transport's.
const STALL_AT_MOST: Duration = Duration::from_secs(5);
/// 48 kHz RTP clock to 16 kHz samples.
const CLOCK_PER_SAMPLE: u32 = 3;

/// A stretch of the caller's audio, and what the gate made of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard<'a> {
    pub pcm: &'a [i16],
    pub edge: Option<Edge>,
}

/// Orders, decodes, conceals and senses.
pub struct Hearing {
    window: ReorderWindow,
    decoder: Decoder,
    gate: Option<SpeechGate>,
    continuous: bool,
    ssrc: Option<u32>,
    hint: LevelHint,
    out: Vec<i16>,
    /// Made up since the last decoded packet, so that it is not made up twice when packets come again.
    filled_48k: u32,
    last_packet: Option<Instant>,
    next_fill: Option<Instant>,
    jitter: Jitter,
    concealed_48k: u64,
    undecodable: u64,
}

impl Hearing {
    /// `gated`: sense speech. `continuous`: fill the sender's pauses and stalls with silence, as a recogniser wants it.
    pub fn new(gated: bool, continuous: bool) -> Result<Self, OpusError> {
        Ok(Self {
            window: ReorderWindow::new(),
            decoder: Decoder::new()?,
            gate: gated.then(SpeechGate::new),
            continuous,
            ssrc: None,
            hint: LevelHint::default(),
            out: Vec::new(),
            filled_48k: 0,
            last_packet: None,
            next_fill: None,
            jitter: Jitter::default(),
            concealed_48k: 0,
            undecodable: 0,
        })
    }

    pub fn counts(&self) -> Counts {
        self.window.counts()
    }

    pub fn jitter_ms(&self) -> f32 {
        self.jitter.millis()
    }

    /// Milliseconds concealed so far.
    pub fn concealed_ms(&self) -> u64 {
        self.concealed_48k / u64::from(RTP_HZ / 1000)
    }

    /// Packets libopus refused.
    pub fn undecodable(&self) -> u64 {
        self.undecodable
    }

    /// One RTP packet. A new source is a new stream, whatever its numbers say.
    pub fn receive_from(&mut self, ssrc: u32, now: Instant, seq: u16, ts: u32, payload: Arc<[u8]>, hint: LevelHint) {
        if self.ssrc.replace(ssrc).is_some_and(|before| before != ssrc) {
            self.window.restart();
        }
        self.receive(now, seq, ts, payload, hint);
    }

    /// One RTP packet of the stream.
    pub fn receive(&mut self, now: Instant, seq: u16, ts: u32, payload: Arc<[u8]>, hint: LevelHint) {
        let Some(duration) = duration_48k(&payload) else {
            self.undecodable += 1;
            return;
        };
        self.hint = hint;
        self.last_packet = Some(now);
        self.next_fill = self.continuous.then_some(now + STALL_AFTER);
        self.jitter.packet(now, ts);
        self.window.insert(now, seq, ts, duration, payload);
    }

    /// The next stretch that is due at `now`.
    pub fn poll(&mut self, now: Instant) -> Option<Heard<'_>> {
        self.out.clear();
        while self.out.is_empty() {
            match self.window.poll(now) {
                Some(step) => self.carry_out(step),
                None => {
                    self.fill_stall(now)?;
                }
            }
        }
        let edge = self.gate.as_mut().and_then(|gate| gate.push(&self.out, self.hint));
        Some(Heard { pcm: &self.out, edge })
    }

    /// When `poll` has something to do without a further packet.
    pub fn deadline(&self) -> Option<Instant> {
        match (self.window.deadline(), self.next_fill) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn carry_out(&mut self, step: Step) {
        match step {
            Step::Decode { payload, skipped } => {
                if self.continuous {
                    self.silence(skipped.saturating_sub(self.filled_48k));
                }
                self.filled_48k = 0;
                self.decode(&payload);
            }
            Step::Recover { next, duration } => {
                if self.is_new(duration) {
                    let samples = (duration / CLOCK_PER_SAMPLE) as usize;
                    self.concealed_48k += u64::from(duration);
                    if let Ok(pcm) = self.decoder.recover(&next, samples) {
                        self.out.extend_from_slice(pcm);
                    }
                }
            }
            Step::Conceal { duration } => {
                if self.is_new(duration) {
                    self.conceal(duration);
                }
            }
            Step::Restart => self.filled_48k = 0,
        }
    }

    /// Whether a lost stretch was not already filled while the stream stalled.
    fn is_new(&mut self, duration: u32) -> bool {
        let filled = self.filled_48k >= duration;
        if filled {
            self.filled_48k -= duration;
        }
        !filled
    }

    fn decode(&mut self, payload: &[u8]) {
        match self.decoder.decode(payload) {
            Ok(pcm) => self.out.extend_from_slice(pcm),
            Err(_) => self.undecodable += 1,
        }
    }

    fn conceal(&mut self, duration: u32) {
        if duration == 0 {
            return;
        }
        self.concealed_48k += u64::from(duration);
        let audible = duration.min(CONCEALED_AT_MOST_48K);
        if let Ok(pcm) = self.decoder.conceal((audible / CLOCK_PER_SAMPLE) as usize) {
            self.out.extend_from_slice(pcm);
        }
    }

    fn silence(&mut self, duration: u32) {
        let samples = duration.min(SILENCE_AT_MOST_48K) / CLOCK_PER_SAMPLE;
        self.out.resize(self.out.len() + samples as usize, 0);
    }

    fn fill_stall(&mut self, now: Instant) -> Option<()> {
        let due = self.next_fill.filter(|due| *due <= now)?;
        let stalled = now.saturating_duration_since(self.last_packet?);
        if stalled > STALL_AT_MOST {
            self.next_fill = None;
            return None;
        }
        self.next_fill = Some(due + STALL_FRAME);
        self.hint = LevelHint::default();
        let missing = if self.filled_48k == 0 { STALL_AFTER } else { STALL_FRAME };
        let duration = missing.as_millis() as u32 * (RTP_HZ / 1000);
        let concealed = duration.min(CONCEALED_AT_MOST_48K.saturating_sub(self.filled_48k));
        self.conceal(concealed);
        self.silence(duration - concealed);
        self.filled_48k += duration;
        Some(())
    }
}

/// Interarrival jitter (RFC 3550 A.8).
#[derive(Debug, Default)]
struct Jitter {
    last: Option<(Instant, u32)>,
    clock: f32,
}

impl Jitter {
    fn packet(&mut self, now: Instant, ts: u32) {
        if let Some((then, last_ts)) = self.last {
            let arrived = now.saturating_duration_since(then).as_secs_f32() * RTP_HZ as f32;
            let sent = ts.wrapping_sub(last_ts) as i32 as f32;
            let difference = (arrived - sent).abs();
            if difference < RTP_HZ as f32 {
                self.clock += (difference - self.clock) / 16.0;
            }
        }
        self.last = Some((now, ts));
    }

    fn millis(&self) -> f32 {
        self.clock * 1000.0 / RTP_HZ as f32
    }
}
