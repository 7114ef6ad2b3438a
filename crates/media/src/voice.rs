//! The agent's direction of one leg: queued PCM in, packets out, each when it is due. Nothing is encoded while idle.

use std::time::{Duration, Instant};

use crate::clock::Epoch;
use crate::codec::{Encoder, Format};
use crate::fact::ReplyId;
use crate::level;
use crate::opus::{OpusError, RTP_HZ};
use crate::playout::{Chunk, FRAME_RATE, Frame, Playout};

pub const FRAME: Duration = Duration::from_millis(20);
/// The rate an open microphone starts with.
const SILENCE_HZ: u32 = 16_000;
const FRAME_CLOCK: u32 = RTP_HZ / 50;
/// Later than this the clock starts anew: a burst would only fill the far end's buffer, and the agent would lag for good.
const HOPELESS: Duration = Duration::from_millis(100);
/// A frame that leaves this much after it was due counts as late.
const LATE: Duration = Duration::from_millis(10);

/// One packet to send.
#[derive(Debug)]
pub struct VoicePacket<'a> {
    pub ts: u32,
    /// First of a talkspurt (RFC 3551 4.1).
    pub marker: bool,
    /// RFC 6464.
    pub below_full_db: u8,
    pub payload: &'a [u8],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoiceCounts {
    pub frames: u64,
    pub late: u64,
    pub restarts: u64,
    pub underruns: u64,
}

/// Paces and encodes what `playout` holds.
pub struct Voice {
    pub playout: Playout,
    format: Format,
    encoder: Option<Encoder>,
    epoch: Epoch,
    /// Where in the 20 ms this leg's frames lie, so that the encoding of many legs does not bunch up.
    phase: Duration,
    next_due: Option<Instant>,
    last_due: Option<Instant>,
    ts: u32,
    open: bool,
    counts: VoiceCounts,
}

impl Voice {
    /// `first_ts` is random (RFC 3550 5.1); `phase` is under 20 ms.
    pub fn new(format: Format, epoch: Epoch, phase: Duration, first_ts: u32) -> Self {
        Self {
            playout: Playout::new(),
            format,
            encoder: None,
            epoch,
            phase,
            next_due: None,
            last_due: None,
            ts: first_ts,
            open: false,
            counts: VoiceCounts::default(),
        }
    }

    pub fn counts(&self) -> VoiceCounts {
        self.counts
    }

    /// Queue a chunk.
    pub fn play(&mut self, now: Instant, chunk: Chunk) {
        self.playout.play(chunk);
        self.wake(now);
    }

    /// Go on after a pause.
    pub fn resume(&mut self, now: Instant) {
        self.playout.resume();
        self.wake(now);
    }

    /// From now on send silence while there is nothing else.
    pub fn open(&mut self, now: Instant) {
        self.open = true;
        if self.next_due.is_none() {
            self.next_due = Some(now);
        }
    }

    /// Drop what is not sent of `reply`; another may be waiting behind it.
    pub fn flush(&mut self, now: Instant, reply: ReplyId) {
        self.playout.flush(reply);
        self.wake(now);
    }

    /// When the next frame leaves; None while idle.
    pub fn deadline(&self) -> Option<Instant> {
        self.next_due
    }

    /// The packet that is due at `now`.
    pub fn poll(&mut self, now: Instant) -> Result<Option<VoicePacket<'_>>, OpusError> {
        let Some(mut due) = self.next_due.filter(|due| *due <= now) else { return Ok(None) };
        let Some(frame) = self.playout.take().or_else(|| self.silence()) else {
            self.next_due = None;
            return Ok(None);
        };
        let late = now - due;
        if late > HOPELESS {
            self.counts.restarts += 1;
            due = now;
        }
        self.counts.late += u64::from(late > LATE);
        self.counts.frames += 1;
        let marker = self.advance(due);
        self.schedule(due, marker);
        let ts = self.ts;
        let below_full_db = level::below_full_db(&frame.pcm);
        let payload = self.encode(&frame)?;
        Ok(Some(VoicePacket { ts, marker, below_full_db, payload }))
    }

    /// Audio has come: if the leg was idle, its first frame leaves at once.
    fn wake(&mut self, now: Instant) {
        if self.next_due.is_none() && self.playout.ready() {
            let resumed_early = self.last_due.map(|last| last + FRAME).filter(|next| *next > now);
            self.next_due = Some(resumed_early.unwrap_or(now));
        }
    }

    /// The timestamp runs on over silence. Says whether a talkspurt begins.
    fn advance(&mut self, due: Instant) -> bool {
        let since = self.last_due.map(|last| due.saturating_duration_since(last));
        self.last_due = Some(due);
        let Some(since) = since else { return true };
        let frames = ((since.as_micros() + 10_000) / 20_000).max(1) as u32;
        self.ts = self.ts.wrapping_add(frames.wrapping_mul(FRAME_CLOCK));
        frames > 1
    }

    fn schedule(&mut self, due: Instant, first: bool) {
        if !self.playout.ready() && !self.open {
            self.next_due = None;
            self.counts.underruns += u64::from(self.playout.is_starving());
            return;
        }
        // The second frame moves to the leg's own place in the 20 ms: early, never late.
        let next = if first { due + self.to_phase(due) } else { due + FRAME };
        self.next_due = Some(next);
    }

    fn to_phase(&self, due: Instant) -> Duration {
        let frame = FRAME.as_micros() as u64;
        let here = self.epoch.micros(due) % frame;
        let ahead = (self.phase.as_micros() as u64 + frame - here) % frame;
        Duration::from_micros(if ahead == 0 { frame } else { ahead })
    }

    fn silence(&self) -> Option<Frame> {
        let rate_hz = self.encoder.as_ref().map_or(SILENCE_HZ, Encoder::rate_hz);
        self.open.then(|| Frame { pcm: vec![0; (rate_hz / FRAME_RATE) as usize], rate_hz })
    }

    fn encode(&mut self, frame: &Frame) -> Result<&[u8], OpusError> {
        if self.encoder.as_ref().is_none_or(|encoder| encoder.rate_hz() != frame.rate_hz) {
            self.encoder = Some(Encoder::new(frame.rate_hz, self.format)?);
        }
        let encoder = self.encoder.as_mut().ok_or(OpusError(0))?;
        encoder.encode(&frame.pcm)
    }
}
