//! The reorder window: packets come out in order, or are declared lost. The listener is a machine, so there is no playout delay:
//! what is in order leaves at once, and only a gap waits a little for what may still come.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::limits::PACKETS_HELD;

/// How long a gap waits for the missing packet. Reordering on real networks is under 20 ms; twice that, and recognition goes on.
pub const GAP_PATIENCE: Duration = Duration::from_millis(40);
/// Sequence numbers further ahead than this (5 s of 20 ms packets) start a new stream instead of a gap.
const LARGEST_GAP: u64 = 250;
/// A packet this far behind is not late: the sender has started anew.
const LARGEST_LATENESS: u64 = 1000;
/// Where unwrapped numbers start, so that packets before the first one have a place.
const ORIGIN: u64 = 1 << 32;

/// What to do next with the stream. Durations are on the 48 kHz RTP clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<P> {
    /// Decode this packet. `skipped` is the silence the sender left out before it (discontinuous transmission).
    Decode { packet: P, duration: u32, skipped: u32 },
    /// The packet before `next` is lost; `next` may carry a copy of it.
    Recover { next: P, duration: u32 },
    /// A packet is lost for good.
    Conceal { duration: u32 },
    /// The sender has started anew: forget what was.
    Restart,
}

/// Counts since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub received: u64,
    /// Neither came, nor did a copy, before its turn.
    pub lost: u64,
    /// Of the lost: came after its turn.
    pub late: u64,
    /// Taken from a copy in a later packet, which came sooner or alone.
    pub copied: u64,
    /// Of the copied: came itself, after its copy was heard.
    pub outrun: u64,
    pub duplicate: u64,
    pub restarts: u64,
}

#[derive(Debug)]
struct Held<P> {
    ts: u32,
    packet: P,
    duration: u32,
    arrived: Instant,
    copy: bool,
}

/// Puts the packets of one stream in order. Knows 16-bit sequence numbers and 32-bit timestamps, and nothing of what is in `P`.
#[derive(Debug)]
pub struct ReorderWindow<P> {
    next: Option<u64>,
    next_ts: u32,
    last_duration: u32,
    held: BTreeMap<u64, Held<P>>,
    /// Numbers yet to come up that have no audio.
    without_audio: BTreeSet<u64>,
    /// Bit k: the packet `next - 1 - k` was received.
    seen: u64,
    /// Of these, only a copy.
    copied: u64,
    restarted: bool,
    counts: Counts,
}

impl<P> Default for ReorderWindow<P> {
    fn default() -> Self {
        Self {
            next: None,
            next_ts: 0,
            last_duration: 0,
            held: BTreeMap::new(),
            without_audio: BTreeSet::new(),
            seen: 0,
            copied: 0,
            restarted: false,
            counts: Counts::default(),
        }
    }
}

impl<P: Clone> ReorderWindow<P> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// One packet, as it arrived. `duration` is its length on the RTP clock.
    pub fn insert(&mut self, now: Instant, seq: u16, ts: u32, duration: u32, packet: P) {
        let Some(next) = self.next else {
            self.start(ORIGIN + u64::from(seq), ts);
            self.hold(now, ORIGIN + u64::from(seq), ts, duration, packet);
            return;
        };
        let full = unwrap(next, seq);
        if full + LARGEST_LATENESS < next || full > next + LARGEST_GAP {
            self.held.clear();
            self.restarted = true;
            self.counts.restarts += 1;
            self.start(full, ts);
        } else if full < next {
            self.count_old(next - 1 - full);
            return;
        } else if self.held.get(&full).is_some_and(|held| !held.copy) {
            self.counts.duplicate += 1;
            return;
        }
        self.hold(now, full, ts, duration, packet);
    }

    /// A packet of the same stream that holds no audio, such as a pressed key: its number is no gap.
    pub fn pass(&mut self, seq: u16) {
        let Some(next) = self.next else { return };
        let full = unwrap(next, seq);
        if (next..=next + LARGEST_GAP).contains(&full) && !self.held.contains_key(&full) {
            self.without_audio.insert(full);
        }
    }

    /// Whether a copy of this packet would fill a gap.
    pub fn misses(&self, seq: u16) -> bool {
        self.next.is_some_and(|next| {
            let full = unwrap(next, seq);
            let known = self.held.contains_key(&full) || self.without_audio.contains(&full);
            (next..=next + LARGEST_GAP).contains(&full) && !known
        })
    }

    /// A copy of a packet that `misses`; the packet itself may still come.
    pub fn insert_copy(&mut self, now: Instant, seq: u16, ts: u32, duration: u32, packet: P) {
        if let Some(next) = self.next.filter(|_| self.misses(seq)) {
            self.held.insert(unwrap(next, seq), Held { ts, packet, duration, arrived: now, copy: true });
        }
    }

    /// Another stream begins: forget what was.
    pub fn restart(&mut self) {
        self.held.clear();
        self.without_audio.clear();
        self.next = None;
        self.restarted = true;
        self.counts.restarts += 1;
    }

    /// The next step that is due at `now`.
    pub fn poll(&mut self, now: Instant) -> Option<Step<P>> {
        if std::mem::take(&mut self.restarted) {
            return Some(Step::Restart);
        }
        let next = self.next_with_audio()?;
        let first = *self.held.keys().next()?;
        if first == next {
            let held = self.held.remove(&first)?;
            return Some(self.take(first, held));
        }
        if self.held.len() < PACKETS_HELD && self.gap_ends()? > now {
            return None;
        }
        Some(self.give_up(next, first))
    }

    fn next_with_audio(&mut self) -> Option<u64> {
        while let Some(next) = self.next.filter(|next| self.without_audio.remove(next)) {
            self.seen = self.seen << 1 | 1;
            self.copied <<= 1;
            self.next = Some(next + 1);
        }
        self.next
    }

    /// When a gap will have waited long enough.
    pub fn deadline(&self) -> Option<Instant> {
        if self.restarted {
            return self.held.values().map(|held| held.arrived).min();
        }
        let first = *self.held.keys().next()?;
        if Some(first) == self.next { Some(self.held[&first].arrived) } else { self.gap_ends() }
    }

    fn gap_ends(&self) -> Option<Instant> {
        self.held.values().map(|held| held.arrived).min().map(|arrived| arrived + GAP_PATIENCE)
    }

    fn start(&mut self, full: u64, ts: u32) {
        self.next = Some(full);
        self.without_audio.clear();
        self.next_ts = ts;
        self.last_duration = 960;
        self.seen = 0;
        self.copied = 0;
    }

    fn hold(&mut self, now: Instant, full: u64, ts: u32, duration: u32, packet: P) {
        self.counts.received += 1;
        self.held.insert(full, Held { ts, packet, duration, arrived: now, copy: false });
    }

    fn count_old(&mut self, behind: u64) {
        let bit = 1_u64.checked_shl(behind as u32).unwrap_or(0);
        if self.copied & bit != 0 {
            self.counts.received += 1;
            self.counts.outrun += 1;
            self.copied &= !bit;
        } else if self.seen & bit != 0 {
            self.counts.duplicate += 1;
        } else {
            self.counts.late += 1;
            self.seen |= bit;
        }
    }

    fn take(&mut self, full: u64, held: Held<P>) -> Step<P> {
        let ahead = held.ts.wrapping_sub(self.next_ts);
        // More than half the circle ahead is behind: a sender whose timestamps went back skipped nothing.
        let skipped = if ahead < u32::MAX / 2 { ahead } else { 0 };
        self.seen = self.seen << 1 | 1;
        self.copied = self.copied << 1 | u64::from(held.copy);
        self.counts.copied += u64::from(held.copy);
        self.next = Some(full + 1);
        self.next_ts = held.ts.wrapping_add(held.duration);
        self.last_duration = held.duration;
        Step::Decode { packet: held.packet, duration: held.duration, skipped }
    }

    fn give_up(&mut self, next: u64, first: u64) -> Step<P> {
        self.counts.lost += 1;
        self.seen <<= 1;
        self.copied <<= 1;
        self.next = Some(next + 1);
        let duration = self.last_duration;
        self.next_ts = self.next_ts.wrapping_add(duration);
        match self.held.get(&first) {
            Some(held) if first == next + 1 => Step::Recover { next: held.packet.clone(), duration },
            _ => Step::Conceal { duration },
        }
    }
}

/// The 64-bit number nearest to `near` whose low 16 bits are `seq` (RFC 3550 A.1).
fn unwrap(near: u64, seq: u16) -> u64 {
    let delta = seq.wrapping_sub(near as u16) as i16;
    near.wrapping_add_signed(i64::from(delta))
}

#[cfg(test)]
mod tests;
