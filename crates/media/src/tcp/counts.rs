//! What the connections' thread counts, for whoever asks.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub struct Tally {
    /// Open now.
    pub connections: AtomicU64,
    /// Closed by us: beyond a limit, without a check that a leg accepts, or no frames at all.
    pub refused: AtomicU64,
    /// Packets that a connection did not take.
    pub dropped: AtomicU64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpCounts {
    pub connections: u64,
    pub refused: u64,
    pub dropped: u64,
}

impl Tally {
    pub fn counts(&self) -> TcpCounts {
        TcpCounts {
            connections: self.connections.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }
}

impl TcpCounts {
    /// Another thread's.
    pub fn add(&mut self, other: &Self) {
        self.connections += other.connections;
        self.refused += other.refused;
        self.dropped += other.dropped;
    }
}
