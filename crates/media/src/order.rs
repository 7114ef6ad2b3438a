//! What goes into a leg and comes out of it: orders, a sink, counts.

use std::time::Instant;

use str0m::net::Transmit;

use crate::fact::{Fact, ReplyId};
use crate::playout::Chunk;

/// An order to a leg, in the words of `ports/leg`.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    Play(Chunk),
    Pause,
    Resume,
    Flush(ReplyId),
    Arm {
        reply: ReplyId,
        armed: bool,
    },
    /// Whether all of the caller's audio is needed from now on, silence too.
    Listen(bool),
    SendData(String),
    AddCandidate(String),
    /// Hang up once what was queued is sent.
    Close(String),
}

/// Where a session puts what it produces.
pub trait Sink {
    fn transmit(&mut self, transmit: Transmit);
    /// 16 kHz mono PCM, in order.
    fn audio(&mut self, now: Instant, pcm: &[i16]);
    fn fact(&mut self, now: Instant, fact: Fact);
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SessionCounts {
    pub received: u64,
    pub lost: u64,
    pub late: u64,
    pub duplicate: u64,
    pub concealed_ms: u64,
    /// Silence that was never decoded.
    pub left_out_ms: u64,
    pub jitter_ms: f32,
    pub sent: u64,
    pub sent_late: u64,
    pub pacing_restarts: u64,
    pub underruns: u64,
    pub messages_dropped: u64,
    pub refused_input: u64,
    pub queued_ms: u32,
}
