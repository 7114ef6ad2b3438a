//! The one bell that tells Python to drain, for all shards. It rings for audio at most every 19 ms however many shards there are:
//! whoever comes between two rings has put its share down already, and the next ring is for all.

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::os::EventFd;

/// Python is woken for audio at most this often, for all calls together: once a frame, and a thread that looks a little early at the
/// beginning of its slot need not wait for the next.
pub const INTERVAL_US: u64 = 19_000;

pub struct Bell {
    fd: EventFd,
    /// When it last rang, on the clock of `Epoch::micros`.
    rang_us: AtomicU64,
    rings: AtomicU64,
}

/// What a shard owes Python: how often the bell had rung when the shard put its share down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed(u64);

impl Bell {
    pub fn new() -> io::Result<Self> {
        Ok(Self { fd: EventFd::new()?, rang_us: AtomicU64::new(0), rings: AtomicU64::new(0) })
    }

    /// Readable when it has rung.
    pub fn fd(&self) -> RawFd {
        self.fd.raw()
    }

    /// For Python, before it looks what there is.
    pub fn clear(&self) {
        self.fd.clear();
    }

    /// To be called after something was put down, never before.
    pub fn owe(&self) -> Owed {
        Owed(self.rings.load(Ordering::Acquire))
    }

    /// Ring if it is time and nobody has since `owed`. None: Python knows. Else when to come again, on the same clock.
    pub fn settle(&self, owed: Owed, now_us: u64, urgent: bool) -> Option<u64> {
        if self.rings.load(Ordering::Acquire) != owed.0 {
            return None;
        }
        let rang_us = self.rang_us.load(Ordering::Acquire);
        let due_us = rang_us + INTERVAL_US;
        if !urgent && now_us < due_us {
            return Some(due_us);
        }
        let ours = self.rang_us.compare_exchange(rang_us, now_us.max(rang_us), Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if ours || urgent {
            self.ring();
            return None;
        }
        Some(now_us + INTERVAL_US) // another shard is about to ring, perhaps with a look at our share before it was there
    }

    /// At once, whenever it last rang.
    pub fn ring(&self) {
        self.rings.fetch_add(1, Ordering::AcqRel); // before Python can wake: a share put down later is not settled by this ring
        self.fd.signal();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rings_at_most_once_a_frame_for_all_together() {
        let bell = Bell::new().expect("an eventfd");
        assert_eq!(None, bell.settle(bell.owe(), 1_000_000, false));
        let (one, other) = (bell.owe(), bell.owe());
        assert_eq!(Some(1_019_000), bell.settle(one, 1_000_100, false));
        assert_eq!(Some(1_019_000), bell.settle(other, 1_015_000, false));
        assert_eq!(None, bell.settle(one, 1_019_000, false));
        let rings = bell.owe();
        assert_eq!(None, bell.settle(other, 1_019_050, false), "the other's ring was for both");
        assert_eq!(rings, bell.owe(), "so it did not ring again");
    }

    #[test]
    fn what_was_put_down_after_a_ring_is_not_settled_by_it() {
        let bell = Bell::new().expect("an eventfd");
        assert_eq!(None, bell.settle(bell.owe(), 1_000_000, false));
        let late = bell.owe();
        assert_eq!(Some(1_019_000), bell.settle(late, 1_000_001, false));
    }

    #[test]
    fn what_is_urgent_waits_for_nothing() {
        let bell = Bell::new().expect("an eventfd");
        assert_eq!(None, bell.settle(bell.owe(), 1_000_000, false));
        let before = bell.owe();
        assert_eq!(None, bell.settle(before, 1_000_010, true));
        assert_ne!(before, bell.owe());
    }
}
