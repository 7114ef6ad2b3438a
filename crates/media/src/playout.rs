//! The playout queue of one leg: what the agent says next, how much of it was sent, and how it stops.
//!
//! Laws. A position is milliseconds of the named reply really sent, and never goes back unless what was sent is taken back because
//! nobody can have heard it. A reply that was flushed never sounds again, whatever chunks of it still arrive. A stop ends in a short
//! fade, which is not counted as sent.

use std::collections::{BTreeSet, VecDeque};

use crate::clip::{Piece, Sound};
use crate::fact::{Fact, ReplyId};
use crate::limits::QUEUED_PLAYOUT_MS;

/// Frames a second.
pub const FRAME_RATE: u32 = 50;
/// Progress is told about this often.
const PROGRESS_MS: u32 = 100;
/// Long enough to be no click, short enough to be a stop.
const FADE_MS: u32 = 8;

/// A piece of a reply: mono PCM at `rate_hz`. `last` ends the reply; it may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub reply: ReplyId,
    pub seq: u32,
    pub pcm: Sound,
    pub rate_hz: u32,
    pub last: bool,
}

#[derive(Debug)]
struct Queued {
    chunk: Chunk,
    taken: usize,
}

impl Queued {
    fn left(&self) -> &[i16] {
        &self.chunk.pcm[self.taken..]
    }
}

/// The reply at the head, and how far it has come.
#[derive(Clone, Copy, Debug)]
struct Progress {
    reply: ReplyId,
    sent_us: u64,
    told_ms: u32,
    done: bool,
}

impl Progress {
    fn position_ms(&self) -> u32 {
        (self.sent_us / 1000) as u32
    }
}

/// Samples and their rate; 20 ms of them.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub pcm: Vec<i16>,
    pub rate_hz: u32,
    /// What of which reply it holds; a fade and silence hold nothing.
    pub share: Option<Share>,
    /// Which frame of a clip it is, untouched.
    pub piece: Option<Piece>,
}

/// A stretch of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub reply: ReplyId,
    pub length_us: u64,
}

#[derive(Debug, Default)]
pub struct Playout {
    queue: VecDeque<Queued>,
    current: Option<Progress>,
    /// Replies up to this one were flushed.
    flushed: Option<ReplyId>,
    /// Replies that the reflex may stop; one that waits is armed before it sounds.
    armed: BTreeSet<ReplyId>,
    paused: bool,
    tail: Option<Frame>,
    fade_in: bool,
    marks: VecDeque<Fact>,
}

impl Playout {
    pub fn new() -> Self {
        Self::default()
    }

    /// Queue a chunk. One of a flushed reply, or beyond the queue's limit, is dropped.
    pub fn play(&mut self, chunk: Chunk) {
        if self.flushed.is_some_and(|flushed| chunk.reply <= flushed) {
            return;
        }
        let chunk_ms = millis(chunk.pcm.len(), chunk.rate_hz);
        if self.queued_ms() + chunk_ms > QUEUED_PLAYOUT_MS {
            self.marks.push_back(Fact::Overflowed { reply: chunk.reply, seq: chunk.seq, dropped_ms: chunk_ms });
            return;
        }
        self.queue.push_back(Queued { chunk, taken: 0 });
        self.settle();
    }

    /// Stop sending and keep the queue.
    pub fn pause(&mut self) {
        if !self.paused {
            self.fade_out();
            self.paused = true;
        }
    }

    /// Go on where `pause` stopped.
    pub fn resume(&mut self) {
        if self.paused {
            self.paused = false;
            self.fade_in = true;
        }
    }

    /// Drop what is not sent of `reply`. Does nothing while another reply sounds.
    pub fn flush(&mut self, reply: ReplyId) {
        let queued = self.queue.iter().any(|q| q.chunk.reply == reply);
        let other_sounds = self.current.is_some_and(|c| c.reply != reply && !c.done);
        if other_sounds && !queued {
            return;
        }
        let position_ms = self.position_of(reply);
        if !other_sounds && !self.paused {
            self.fade_out();
        }
        self.queue.retain(|q| q.chunk.reply != reply);
        self.flushed = self.flushed.max(Some(reply));
        if !other_sounds {
            self.paused = false;
            self.fade_in = false;
            if let Some(current) = &mut self.current {
                current.done = true;
            }
        }
        self.armed.remove(&reply);
        self.marks.push_back(Fact::Flushed { reply, position_ms });
    }

    /// Let the reflex stop `reply`, or no longer.
    pub fn arm(&mut self, reply: ReplyId, armed: bool) {
        if armed && self.flushed.is_none_or(|flushed| reply > flushed) {
            self.armed.insert(reply);
        } else {
            self.armed.remove(&reply);
        }
    }

    /// What sounds and may be stopped by the reflex.
    pub fn exposed(&self) -> Option<ReplyId> {
        self.sounding().filter(|reply| !self.paused && self.armed.contains(reply))
    }

    /// The gate has opened: pause what is being played, if it is armed.
    pub fn reflex(&mut self) {
        if let Some(reply) = self.exposed() {
            self.pause();
            self.marks.push_back(Fact::Paused { reply, position_ms: self.position_of(reply) });
        }
    }

    /// Facts since the last call.
    pub fn mark(&mut self) -> Option<Fact> {
        self.marks.pop_front()
    }

    /// Whether a frame can be taken now.
    pub fn ready(&self) -> bool {
        if self.tail.is_some() {
            return true;
        }
        if self.paused {
            return false;
        }
        let Some(front) = self.queue.front() else { return false };
        let (reply, rate_hz) = (front.chunk.reply, front.chunk.rate_hz);
        let need = frame_samples(rate_hz);
        let mut have = 0;
        for queued in &self.queue {
            if queued.chunk.reply != reply || queued.chunk.rate_hz != rate_hz {
                return have > 0; // what follows will never complete this frame
            }
            have += queued.left().len();
            if have >= need || (queued.chunk.last && have > 0) {
                return true;
            }
        }
        false
    }

    /// Whether a reply has begun, is not at its end, and has nothing more to send yet.
    pub fn is_starving(&self) -> bool {
        self.current.is_some_and(|current| !current.done) && !self.paused && !self.ready()
    }

    /// Whether everything queued has been sent.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.tail.is_none()
    }

    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Milliseconds that wait.
    pub fn queued_ms(&self) -> u32 {
        self.queue.iter().map(|q| millis(q.left().len(), q.chunk.rate_hz)).sum()
    }

    /// The next 20 ms, if `ready`.
    pub fn take(&mut self) -> Option<Frame> {
        if !self.ready() {
            return None;
        }
        if let Some(tail) = self.tail.take() {
            return Some(tail);
        }
        let front = self.queue.front()?;
        let (reply, rate_hz) = (front.chunk.reply, front.chunk.rate_hz);
        let mut piece = front.chunk.pcm.piece(front.taken);
        self.begin(reply);
        let mut pcm = self.gather(reply, rate_hz);
        let sent_us = pcm.len() as u64 * 1_000_000 / u64::from(rate_hz);
        pcm.resize(frame_samples(rate_hz), 0);
        if std::mem::take(&mut self.fade_in) {
            ramp(&mut pcm, rate_hz, true);
            piece = None;
        }
        let share = Share { reply, length_us: sent_us };
        self.count(share);
        self.settle();
        self.tell();
        Some(Frame { pcm, rate_hz, share: Some(share), piece })
    }

    /// A fade that waits would sound out of nothing.
    pub fn skip_fade(&mut self) {
        self.tail = None;
    }

    /// Something else is to be heard: what sounds now ends in a fade, and comes back in one.
    pub fn step_aside(&mut self) {
        if !self.paused && self.tail.is_none() {
            self.fade_out();
            self.fade_in |= self.tail.is_some();
        }
    }

    /// The fade that waits.
    pub fn take_fade(&mut self) -> Option<Frame> {
        self.tail.take()
    }

    /// A stretch has left.
    pub fn count(&mut self, share: Share) {
        if let Some(current) = self.open_reply(share.reply) {
            current.sent_us += share.length_us;
        }
    }

    /// A stretch that had left was never heard, and will leave again.
    pub fn take_back(&mut self, share: Share) {
        if let Some(current) = self.open_reply(share.reply) {
            current.sent_us = current.sent_us.saturating_sub(share.length_us);
        }
    }

    /// The reply at the head, if it is this one and has not ended.
    fn open_reply(&mut self, reply: ReplyId) -> Option<&mut Progress> {
        self.current.as_mut().filter(|current| current.reply == reply && !current.done)
    }

    fn gather(&mut self, reply: ReplyId, rate_hz: u32) -> Vec<i16> {
        let need = frame_samples(rate_hz);
        let mut pcm = Vec::with_capacity(need);
        while let Some(front) = self.queue.front_mut() {
            if front.chunk.reply != reply || front.chunk.rate_hz != rate_hz || pcm.len() == need {
                break;
            }
            let take = front.left().len().min(need - pcm.len());
            pcm.extend_from_slice(&front.left()[..take]);
            front.taken += take;
            if !front.left().is_empty() || front.chunk.last {
                break;
            }
            self.queue.pop_front();
        }
        pcm
    }

    /// Take chunks that have nothing left off the head, and notice that a reply has ended.
    fn settle(&mut self) {
        while self.queue.front().is_some_and(|front| front.left().is_empty()) {
            let Some(front) = self.queue.pop_front() else { return };
            if front.chunk.last {
                self.begin(front.chunk.reply);
                self.finish();
            }
        }
    }

    fn begin(&mut self, reply: ReplyId) {
        if self.current.is_some_and(|current| current.reply == reply) {
            return;
        }
        self.finish();
        self.current = Some(Progress { reply, sent_us: 0, told_ms: 0, done: false });
    }

    fn finish(&mut self) {
        let Some(current) = self.current.as_mut().filter(|current| !current.done) else { return };
        current.done = true;
        self.armed.remove(&current.reply);
        self.marks.push_back(Fact::Played { reply: current.reply, position_ms: current.position_ms(), done: true });
    }

    fn tell(&mut self) {
        let Some(current) = self.current.as_mut().filter(|current| !current.done) else { return };
        let position_ms = current.position_ms();
        if current.told_ms == 0 || position_ms >= current.told_ms + PROGRESS_MS {
            current.told_ms = position_ms;
            self.marks.push_back(Fact::Played { reply: current.reply, position_ms, done: false });
        }
    }

    fn position_of(&self, reply: ReplyId) -> u32 {
        self.current.filter(|current| current.reply == reply).map_or(0, |current| current.position_ms())
    }

    fn sounding(&self) -> Option<ReplyId> {
        match self.current {
            Some(current) if !current.done => Some(current.reply),
            _ => self.queue.front().map(|front| front.chunk.reply),
        }
    }

    /// One more frame that takes the sound down to silence, if any was on its way.
    fn fade_out(&mut self) {
        let Some(current) = self.current.filter(|current| !current.done && current.sent_us > 0) else { return };
        let Some(rate_hz) = self.queue.front().filter(|f| f.chunk.reply == current.reply).map(|f| f.chunk.rate_hz) else {
            return;
        };
        let fade = (rate_hz * FADE_MS / 1000) as usize;
        let next = self.queue.iter().take_while(|q| q.chunk.reply == current.reply && q.chunk.rate_hz == rate_hz);
        let mut pcm: Vec<i16> = next.flat_map(|q| q.left().iter().copied()).take(fade).collect();
        pcm.resize(fade, 0);
        ramp(&mut pcm, rate_hz, false);
        pcm.resize(frame_samples(rate_hz), 0);
        self.tail = Some(Frame { pcm, rate_hz, share: None, piece: None });
    }
}

fn frame_samples(rate_hz: u32) -> usize {
    (rate_hz / FRAME_RATE) as usize
}

fn millis(samples: usize, rate_hz: u32) -> u32 {
    (samples as u64 * 1000 / u64::from(rate_hz)) as u32
}

fn ramp(pcm: &mut [i16], rate_hz: u32, up: bool) {
    let fade = ((rate_hz * FADE_MS / 1000) as usize).min(pcm.len());
    for (i, sample) in pcm[..fade].iter_mut().enumerate() {
        let step = if up { i + 1 } else { fade - i };
        *sample = (i32::from(*sample) * step as i32 / (fade as i32 + 1)) as i16;
    }
}
