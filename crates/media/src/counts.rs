//! Totals of a shard over its legs, and of a core over its shards.

use crate::forward::ForwardCounts;
use crate::lateness::Lateness;
use crate::stages::StageCounts;
use crate::tcp::TcpCounts;

/// Packets of the caller's and frames of the agent's, of one leg or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub received: u64,
    /// Neither came, nor did a copy, before its turn.
    pub lost: u64,
    /// Of the lost: came after its turn.
    pub late: u64,
    pub duplicate: u64,
    /// Heard from a copy in a later packet (RED), which came sooner or alone.
    pub recovered_by_red: u64,
    /// Of these: came itself, after its copy was heard.
    pub outrun_by_red: u64,
    /// Of the lost: heard from the coarse copy in the next packet (in-band FEC).
    pub recovered_by_fec: u64,
    pub concealed_ms: u64,
    /// Silence that was never decoded.
    pub left_out_ms: u64,
    pub sent: u64,
    pub sent_late: u64,
    /// How often the agent's encoder was changed for another between two frames.
    pub mode_changes: u64,
    /// Of the sent: another leg had encoded them (`clip`).
    pub shared: u64,
}

impl Traffic {
    /// Another leg's, or many more's.
    pub fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.lost += other.lost;
        self.late += other.late;
        self.duplicate += other.duplicate;
        self.recovered_by_red += other.recovered_by_red;
        self.outrun_by_red += other.outrun_by_red;
        self.recovered_by_fec += other.recovered_by_fec;
        self.concealed_ms += other.concealed_ms;
        self.left_out_ms += other.left_out_ms;
        self.sent += other.sent;
        self.sent_late += other.sent_late;
        self.mode_changes += other.mode_changes;
        self.shared += other.shared;
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardCounts {
    pub datagrams: u64,
    /// From nobody we know: not a connectivity check of one of our legs.
    pub strangers: u64,
    /// Datagrams.
    pub sent: u64,
    pub panics: u64,
    pub answered: u64,
    pub traffic: Traffic,
    pub lateness: Lateness,
}

impl ShardCounts {
    /// Another shard's.
    pub fn add(&mut self, other: &Self) {
        self.datagrams += other.datagrams;
        self.strangers += other.strangers;
        self.sent += other.sent;
        self.panics += other.panics;
        self.answered += other.answered;
        self.traffic.add(&other.traffic);
        self.lateness.add(&other.lateness);
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct CoreCounts {
    pub shard: ShardCounts,
    pub threads: usize,
    pub legs: usize,
    pub addresses: usize,
    pub user_fragments: usize,
    pub timers: usize,
    pub thread_cpu_ns: u64,
    /// Of these, by stage.
    pub stages: StageCounts,
    pub send_refused: u64,
    pub outbox_dropped_bytes: u64,
    /// Datagrams that arrived at another shard than theirs.
    pub forward: ForwardCounts,
    pub tcp: TcpCounts,
    /// Clips that are kept, and what they take.
    pub clips: usize,
    pub clip_bytes: usize,
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
        self.stages.add(&other.stages);
        self.send_refused += other.send_refused;
        self.outbox_dropped_bytes += other.outbox_dropped_bytes;
        self.forward.forwarded += other.forward.forwarded;
        self.forward.dropped += other.forward.dropped;
        self.tcp.add(&other.tcp);
    }
}
