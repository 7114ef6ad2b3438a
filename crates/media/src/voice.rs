//! The agent's direction of one leg: queued PCM in, packets out, each when it is due. Nothing is encoded while idle.

use std::time::{Duration, Instant};

use crate::clock::Epoch;
use crate::codec::Format;
use crate::encoding::Encoding;
use crate::fact::ReplyId;
use crate::keypad::{Keypad, Stroke};
use crate::level;
use crate::opus::{OpusError, RTP_HZ};
use crate::playout::{Chunk, FRAME_RATE, Frame, Playout};
use crate::recent::{Recent, Sent};
use crate::slots;
use crate::stages::{Stage, enter};

pub const FRAME: Duration = Duration::from_millis(20);
/// The rate an open microphone starts with.
const SILENCE_HZ: u32 = 16_000;
/// A frame on the RTP clock.
pub const FRAME_CLOCK: u32 = RTP_HZ / 50;
/// Later than this the clock starts anew: a burst would only fill the far end's buffer, and the agent would lag for good.
const HOPELESS: Duration = Duration::from_millis(100);
/// A first frame waits for its place so long at most. What leaves earlier than the first frame's pace has it is no sooner heard:
/// it lies in the far end's buffer for the rest of the reply, and is not taken back when the caller interrupts.
const WAIT_FOR_PLACE: Duration = Duration::from_millis(10);
/// A frame that leaves this much after it was due counts as late.
const LATE: Duration = Duration::from_millis(10);

/// One packet to send.
#[derive(Debug)]
pub struct VoicePacket<'a> {
    pub due: Instant,
    pub ts: u32,
    /// First of a talkspurt (RFC 3551 4.1).
    pub marker: bool,
    /// RFC 6464.
    pub below_full_db: u8,
    /// A telephone event (RFC 4733), not audio.
    pub event: bool,
    pub payload: &'a [u8],
    /// What was encoded; without samples where a packet leaves again.
    pub spoken: &'a Frame,
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
    pub encoding: Encoding,
    pub keypad: Keypad,
    epoch: Epoch,
    /// Where in the 20 ms this leg's frames lie, so that the encoding of many legs does not bunch up.
    phase: Duration,
    next_due: Option<Instant>,
    /// What is due in that time waits for its end: perhaps the caller has begun to speak.
    doubt: Option<Doubt>,
    last_due: Option<Instant>,
    ts: u32,
    /// When the key under way was pressed: one timestamp for all its packets (RFC 4733 2.3.1).
    event_ts: u32,
    open: bool,
    /// Nobody can hear us: nothing leaves.
    held: bool,
    recent: Recent,
    /// The payload of the packet that `poll` has just given.
    packet: Vec<u8>,
    /// What it was made of.
    spoken: Frame,
    counts: VoiceCounts,
}

#[derive(Clone, Copy, Debug)]
struct Doubt {
    since: Instant,
    until: Instant,
}

impl Doubt {
    /// When what is due at `due` leaves. What was due before has waited for the packet that has come, and waits for no other.
    fn holds(self, due: Instant) -> Instant {
        if due < self.since { self.since } else { due.max(self.until) }
    }
}

/// What leaves next.
enum Next {
    Fresh(Frame),
    Again(Sent),
    Event {
        payload: [u8; 4],
        first: bool,
    },
    /// Nothing in this frame: a gap between keys.
    Nothing,
}

impl Voice {
    /// `first_ts` is random (RFC 3550 5.1); `phase` is under 20 ms.
    pub fn new(format: Format, epoch: Epoch, phase: Duration, first_ts: u32) -> Self {
        Self {
            playout: Playout::new(),
            encoding: Encoding::new(format),
            keypad: Keypad::default(),
            epoch,
            phase,
            next_due: None,
            doubt: None,
            last_due: None,
            ts: first_ts,
            event_ts: first_ts,
            open: false,
            held: false,
            recent: Recent::default(),
            packet: Vec::new(),
            spoken: Frame::default(),
            counts: VoiceCounts::default(),
        }
    }

    pub fn counts(&self) -> VoiceCounts {
        self.counts
    }

    /// What begins to sound from now on leaves just behind the far end's packets, of which one had come by then: in the same slot if a
    /// thread takes them slot by slot. The gate has judged that packet when the frame is made, and what is paused is not sent.
    pub fn follow(&mut self, come: Instant) {
        self.phase = slots::place(self.epoch.micros(come));
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

    /// The caller may have begun to speak, and will be known to have or not by `until`. A frame that leaves less than 20 ms late is
    /// as good as one in time to the far end's buffer; one that has left cannot be taken back from there.
    pub fn hesitate(&mut self, now: Instant, until: Instant) {
        let exposed = self.keypad.is_idle() && self.playout.exposed().is_some();
        self.doubt = exposed.then_some(Doubt { since: now, until });
    }

    /// There is no doubt: what waited leaves now.
    pub fn go_on(&mut self, now: Instant) {
        if let Some(doubt) = &mut self.doubt {
            doubt.until = doubt.until.min(now);
        }
    }

    /// The caller speaks: what may be stopped stops.
    pub fn reflex(&mut self, now: Instant) {
        self.go_on(now);
        self.playout.reflex();
    }

    /// Press keys; what is being said goes on behind them where it was.
    pub fn press(&mut self, now: Instant, keys: &str) {
        if self.next_due.is_none() {
            self.keypad.lead_in();
        } else if self.keypad.is_idle() {
            self.playout.step_aside();
        }
        self.keypad.press(keys);
        self.wake(now);
    }

    /// From now on send silence while there is nothing else.
    pub fn open(&mut self, now: Instant) {
        self.open = true;
        if self.next_due.is_none() && !self.held {
            self.next_due = Some(now);
        }
    }

    /// Go on in another format, with what has to leave again too.
    pub fn change_format(&mut self, from: Format, to: Format) -> Result<(), OpusError> {
        self.encoding.change_format(to);
        self.recent.convert(from, to)
    }

    /// Nothing more leaves for now.
    pub fn wait(&mut self) {
        self.held = true;
        self.next_due = None;
        self.keypad.begin_anew();
    }

    /// Nobody has heard us since then: what left is taken back, and nothing more leaves.
    pub fn hold(&mut self, since: Instant) {
        self.wait();
        self.keypad.take_back(since);
        for share in self.recent.take_back(since) {
            self.playout.take_back(share);
        }
    }

    /// We are heard again: go on with what was lost.
    pub fn release(&mut self, now: Instant) {
        self.held = false;
        self.playout.skip_fade();
        self.wake(now);
        if self.open && self.next_due.is_none() {
            self.next_due = Some(now);
        }
    }

    /// Whether nothing is left to say, or what is left waits for an order.
    pub fn is_spoken(&self) -> bool {
        self.keypad.is_idle() && ((self.playout.is_empty() && !self.recent.waits()) || self.playout.is_paused())
    }

    /// Drop what is not sent of `reply`; another may be waiting behind it.
    pub fn flush(&mut self, now: Instant, reply: ReplyId) {
        self.playout.flush(reply);
        self.recent.forget(reply);
        self.wake(now);
    }

    /// When the next frame leaves; None while idle.
    pub fn deadline(&self) -> Option<Instant> {
        self.next_due.map(|due| self.doubt.map_or(due, |doubt| doubt.holds(due)))
    }

    /// The packet that is due at `now`.
    pub fn poll(&mut self, now: Instant) -> Result<Option<VoicePacket<'_>>, OpusError> {
        if let Some(payload) = self.keypad.take_repeated() {
            self.counts.frames += 1;
            return Ok(Some(self.event(now, payload, false)));
        }
        let Some(was_due) = self.deadline().filter(|at| *at <= now) else { return Ok(None) };
        let Some(mut due) = self.next_due else { return Ok(None) };
        let Some(next) = self.next(now) else {
            self.next_due = None;
            return Ok(None);
        };
        if now - due > HOPELESS {
            self.counts.restarts += 1;
            due = now;
        }
        if matches!(next, Next::Nothing) {
            self.next_due = Some(due + FRAME);
            return Ok(None);
        }
        self.counts.late += u64::from(now - was_due > LATE);
        self.counts.frames += 1;
        let begins = self.advance(due);
        self.schedule(due, begins);
        if let Next::Event { payload, first } = next {
            return Ok(Some(self.event(was_due, payload, first)));
        }
        let ts = self.ts;
        let below_full_db = self.make(now, next)?;
        let (payload, spoken) = (&self.packet[..], &self.spoken);
        Ok(Some(VoicePacket { due: was_due, ts, marker: begins, below_full_db, event: false, payload, spoken }))
    }

    fn event(&mut self, due: Instant, payload: [u8; 4], first: bool) -> VoicePacket<'_> {
        if first {
            self.event_ts = self.ts;
        }
        self.packet.clear();
        self.packet.extend_from_slice(&payload);
        self.spoken = Frame::default();
        let (below_full_db, payload, spoken) = (level::SILENCE, &self.packet[..], &self.spoken);
        VoicePacket { due, ts: self.event_ts, marker: first, below_full_db, event: true, payload, spoken }
    }

    fn next(&mut self, now: Instant) -> Option<Next> {
        if !self.keypad.is_idle() {
            return self.next_of_keys(now);
        }
        if !self.playout.is_paused()
            && let Some(sent) = self.recent.pop()
        {
            return Some(Next::Again(sent));
        }
        self.playout.take().or_else(|| self.silence()).map(Next::Fresh)
    }

    /// Keys come before the voice, once that has faded out.
    fn next_of_keys(&mut self, now: Instant) -> Option<Next> {
        if self.keypad.is_under_way() {
            self.playout.skip_fade(); // nothing sounds that could end
        } else if let Some(fade) = self.playout.take_fade() {
            return Some(Next::Fresh(fade));
        }
        let rate_hz = self.encoding.rate_hz().unwrap_or(SILENCE_HZ);
        Some(match self.keypad.tick(now, rate_hz)? {
            Stroke::Event { payload, first } => Next::Event { payload, first },
            Stroke::Sound(pcm) => Next::Fresh(Frame { pcm, rate_hz, share: None, piece: None }),
            Stroke::Rest => self.silence().map_or(Next::Nothing, Next::Fresh),
        })
    }

    /// Whether there is something to say now.
    fn ready(&self) -> bool {
        !self.keypad.is_idle() || self.playout.ready() || (self.recent.waits() && !self.playout.is_paused())
    }

    /// Put the payload of what leaves into `packet`; its level.
    fn make(&mut self, now: Instant, next: Next) -> Result<u8, OpusError> {
        let _stage = enter(Stage::Encode);
        let (share, below_full_db) = match next {
            Next::Again(sent) => {
                self.playout.count(sent.share);
                self.packet = sent.payload.into_vec();
                self.spoken = Frame::default();
                (Some(sent.share), sent.below_full_db)
            }
            Next::Fresh(frame) => {
                let below_full_db = self.encoding.encode(&frame, &mut self.packet)?;
                self.spoken = Frame { piece: None, ..frame };
                (self.spoken.share, below_full_db)
            }
            Next::Event { .. } | Next::Nothing => return Ok(level::SILENCE), // no audio
        };
        if let Some(share) = share {
            self.recent.keep(Sent { at: now, share, below_full_db, payload: Box::from(&*self.packet) });
        }
        Ok(below_full_db)
    }

    /// Audio has come: if the leg was idle, its first frame leaves at once, or in its place if that is near.
    fn wake(&mut self, now: Instant) {
        if self.next_due.is_none() && !self.held && self.ready() {
            let resumed_early = self.last_due.map(|last| last + FRAME).filter(|next| *next > now);
            let soonest = resumed_early.unwrap_or(now);
            let wait = self.to_phase(soonest);
            self.next_due = Some(if wait <= WAIT_FOR_PLACE { soonest + wait } else { soonest });
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
        if !self.ready() && !self.open {
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
        let rate_hz = self.encoding.rate_hz().unwrap_or(SILENCE_HZ);
        self.open.then(|| Frame { pcm: vec![0; (rate_hz / FRAME_RATE) as usize], rate_hz, share: None, piece: None })
    }
}
