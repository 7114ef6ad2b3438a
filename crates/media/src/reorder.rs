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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn insert(window: &mut ReorderWindow<u16>, now: Instant, seq: u16, ts: u32) {
        window.insert(now, seq, ts, 960, seq);
    }

    fn drain(window: &mut ReorderWindow<u16>, now: Instant) -> Vec<Step<u16>> {
        std::iter::from_fn(|| window.poll(now)).collect()
    }

    fn decode(tag: u16) -> Step<u16> {
        Step::Decode { packet: tag, duration: 960, skipped: 0 }
    }

    #[test]
    fn packets_in_order_leave_at_once() {
        let (mut window, now) = (ReorderWindow::new(), Instant::now());
        for seq in 0..5 {
            insert(&mut window, now, seq, u32::from(seq) * 960);
            assert_eq!(vec![decode(seq)], drain(&mut window, now));
        }
    }

    #[test]
    fn swapped_packets_leave_in_order_without_waiting_for_the_deadline() {
        let (mut window, now) = (ReorderWindow::new(), Instant::now());
        insert(&mut window, now, 10, 0);
        insert(&mut window, now, 12, 1920);
        assert_eq!(vec![decode(10)], drain(&mut window, now));
        insert(&mut window, now, 11, 960);
        assert_eq!(vec![decode(11), decode(12)], drain(&mut window, now));
        assert_eq!(0, window.counts().lost);
    }

    #[test]
    fn a_gap_waits_40_ms_and_is_then_recovered_from_the_next_packet() {
        let (mut window, start) = (ReorderWindow::new(), Instant::now());
        insert(&mut window, start, 10, 0);
        insert(&mut window, start, 12, 1920);
        assert_eq!(1, drain(&mut window, start).len());
        assert_eq!(Some(start + GAP_PATIENCE), window.deadline());
        assert!(drain(&mut window, start + Duration::from_millis(39)).is_empty());
        let steps = drain(&mut window, start + GAP_PATIENCE);
        assert_eq!(vec![Step::Recover { next: 12, duration: 960 }, decode(12)], steps);
        insert(&mut window, start + Duration::from_millis(50), 11, 960);
        insert(&mut window, start + Duration::from_millis(50), 11, 960);
        assert_eq!((1, 1, 1), (window.counts().lost, window.counts().late, window.counts().duplicate));
    }

    #[test]
    fn a_number_that_holds_no_audio_is_no_gap() {
        let (mut window, now) = (ReorderWindow::new(), Instant::now());
        insert(&mut window, now, 10, 0);
        window.pass(12);
        insert(&mut window, now, 13, 2880);
        assert_eq!(vec![decode(10)], drain(&mut window, now), "11 is missing");
        window.pass(11);
        assert_eq!(vec![Step::Decode { packet: 13, duration: 960, skipped: 1920 }], drain(&mut window, now));
        assert_eq!(Counts { received: 2, ..Counts::default() }, window.counts());
    }

    #[test]
    fn a_copy_fills_a_gap_at_once_and_counts_as_that() {
        let (mut window, now) = (ReorderWindow::new(), Instant::now());
        insert(&mut window, now, 10, 0);
        insert(&mut window, now, 12, 1920);
        assert_eq!(vec![decode(10)], drain(&mut window, now));
        assert_eq!((true, false, false, false), (window.misses(11), window.misses(10), window.misses(12), window.misses(600)));
        window.insert_copy(now, 11, 960, 960, 11);
        window.insert_copy(now, 12, 1920, 960, 77);
        assert_eq!(vec![decode(11), decode(12)], drain(&mut window, now));
        assert_eq!(Counts { received: 2, copied: 1, ..Counts::default() }, window.counts());
        insert(&mut window, now, 11, 960);
        assert_eq!(
            Counts { received: 3, copied: 1, outrun: 1, ..Counts::default() },
            window.counts(),
            "it came, and is no duplicate"
        );
        insert(&mut window, now, 11, 960);
        assert_eq!(Counts { received: 3, copied: 1, outrun: 1, duplicate: 1, ..Counts::default() }, window.counts());
    }

    #[test]
    fn a_packet_that_comes_after_its_copy_but_in_time_takes_its_place() {
        let (mut window, now) = (ReorderWindow::new(), Instant::now());
        insert(&mut window, now, 10, 0);
        drain(&mut window, now);
        window.insert_copy(now, 12, 1920, 960, 77);
        insert(&mut window, now, 12, 1920);
        insert(&mut window, now, 11, 960);
        assert_eq!(vec![decode(11), decode(12)], drain(&mut window, now));
        assert_eq!(Counts { received: 3, ..Counts::default() }, window.counts());
    }

    #[test]
    fn a_copy_is_nothing_to_a_stream_that_has_not_begun_and_comes_too_late_after_its_turn() {
        let (mut window, start) = (ReorderWindow::new(), Instant::now());
        window.insert_copy(start, 9, 0, 960, 9);
        insert(&mut window, start, 10, 0);
        insert(&mut window, start, 12, 1920);
        drain(&mut window, start + GAP_PATIENCE);
        window.insert_copy(start + GAP_PATIENCE, 11, 960, 960, 11);
        assert!(drain(&mut window, start + GAP_PATIENCE).is_empty());
        assert_eq!(Counts { received: 2, lost: 1, ..Counts::default() }, window.counts());
    }

    #[test]
    fn numbers_and_timestamps_wrap() {
        let (mut window, now) = (ReorderWindow::new(), Instant::now());
        for i in 0..4_u16 {
            let seq = 65_534_u16.wrapping_add(i);
            insert(&mut window, now, seq, (u32::MAX - 959).wrapping_add(u32::from(i) * 960));
            assert_eq!(vec![decode(seq)], drain(&mut window, now));
        }
        assert_eq!(4, window.counts().received);
    }

    #[test]
    fn silence_left_out_by_the_sender_is_told() {
        let (mut window, now) = (ReorderWindow::new(), Instant::now());
        insert(&mut window, now, 1, 0);
        insert(&mut window, now, 2, 960 * 11);
        let steps = drain(&mut window, now);
        assert_eq!(Step::Decode { packet: 2, duration: 960, skipped: 9600 }, steps[1]);
    }

    #[test]
    fn a_sender_that_starts_anew_is_followed() {
        let (mut window, now) = (ReorderWindow::new(), Instant::now());
        insert(&mut window, now, 1, 0);
        drain(&mut window, now);
        insert(&mut window, now, 30_000, 77);
        assert_eq!(vec![Step::Restart, decode(30_000)], drain(&mut window, now));
    }

    proptest! {
        #[test]
        fn whatever_arrives_each_packet_leaves_once_and_in_order(
            start in any::<u16>(),
            jitter in proptest::collection::vec(0_u64..90, 1..120),
            lost in proptest::collection::vec(any::<u8>(), 120),
        ) {
            let origin = Instant::now();
            let mut arrivals: Vec<(u64, u16)> = jitter
                .iter()
                .enumerate()
                .filter(|(i, _)| *i == 0 || lost[*i] > 25)
                .map(|(i, late)| (i as u64 * 20 + if i == 0 { 0 } else { *late }, i as u16))
                .collect();
            arrivals.sort();
            let mut window = ReorderWindow::new();
            let mut out = Vec::new();
            for (at, i) in &arrivals {
                let now = origin + Duration::from_millis(*at);
                insert(&mut window, now, start.wrapping_add(*i), u32::from(*i) * 960);
                out.extend(drain(&mut window, now));
            }
            out.extend(drain(&mut window, origin + Duration::from_secs(60)));
            let tags: Vec<u16> = out
                .iter()
                .filter_map(|step| match step {
                    Step::Decode { packet, .. } => Some(packet.wrapping_sub(start)),
                    _ => None,
                })
                .collect();
            prop_assert!(tags.windows(2).all(|pair| pair[0] < pair[1]), "{tags:?}");
            let counts = window.counts();
            prop_assert_eq!(arrivals.len() as u64, counts.received + counts.late);
            prop_assert_eq!(counts.received, tags.len() as u64);
            prop_assert_eq!(tags.len() as u64 + counts.lost, tags.last().map_or(0, |last| u64::from(*last) + 1));
            prop_assert_eq!(None, window.deadline());
        }
    }
}
