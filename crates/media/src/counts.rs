//! Totals of a core, summed over its shards.

use crate::forward::ForwardCounts;
use crate::shard::ShardCounts;

#[derive(Clone, Copy, Debug, Default)]
pub struct CoreCounts {
    pub shard: ShardCounts,
    pub threads: usize,
    pub legs: usize,
    pub addresses: usize,
    pub user_fragments: usize,
    pub timers: usize,
    pub thread_cpu_ns: u64,
    pub send_refused: u64,
    pub outbox_dropped_bytes: u64,
    /// Datagrams that arrived at another shard than theirs.
    pub forward: ForwardCounts,
}

impl CoreCounts {
    /// Another shard's.
    pub fn add(&mut self, other: &Self) {
        self.shard.add(&other.shard);
        self.threads += other.threads;
        self.legs += other.legs;
        self.addresses += other.addresses;
        self.user_fragments += other.user_fragments;
        self.timers += other.timers;
        self.thread_cpu_ns += other.thread_cpu_ns;
        self.send_refused += other.send_refused;
        self.outbox_dropped_bytes += other.outbox_dropped_bytes;
        self.forward.forwarded += other.forward.forwarded;
        self.forward.dropped += other.forward.dropped;
    }
}
