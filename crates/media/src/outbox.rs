//! What waits for Python: one block of PCM of all legs, where each frame lies in it, and the facts.

use crate::fact::{Fact, LegId};
use crate::limits::OUTBOX_BYTES;

/// A stretch of one leg's audio within `Outbox::pcm`. `at_ms` is when its last packet arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameAt {
    pub leg: LegId,
    pub at_ms: i64,
    pub offset: usize,
    pub length: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FactAt {
    pub leg: LegId,
    pub at_ms: i64,
    pub fact: Fact,
    /// How many of the outbox's frames came before it: audio and facts are delivered in the order they happened.
    pub after_frames: usize,
}

#[derive(Debug, Default)]
pub struct Outbox {
    pub pcm: Vec<u8>,
    pub frames: Vec<FrameAt>,
    /// Packets for connections that somebody else keeps; their bytes lie in `pcm` too.
    pub packets: Vec<FrameAt>,
    pub facts: Vec<FactAt>,
    pub urgent: bool,
    pub dropped_bytes: u64,
}

impl Outbox {
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.packets.is_empty() && self.facts.is_empty()
    }

    /// One stretch of 16 kHz audio. If Python sleeps, new audio is dropped: facts must still get through.
    pub fn audio(&mut self, leg: LegId, at_ms: i64, pcm: &[i16]) {
        let length = pcm.len() * 2;
        if self.pcm.len() + length > OUTBOX_BYTES {
            self.dropped_bytes += length as u64;
            return;
        }
        let offset = self.pcm.len();
        self.pcm.extend(pcm.iter().flat_map(|sample| sample.to_le_bytes()));
        self.frames.push(FrameAt { leg, at_ms, offset, length });
    }

    /// One packet to send.
    pub fn packet(&mut self, leg: LegId, at_ms: i64, payload: &[u8]) {
        let length = payload.len();
        if self.pcm.len() + length > OUTBOX_BYTES {
            self.dropped_bytes += length as u64;
            return;
        }
        self.packets.push(FrameAt { leg, at_ms, offset: self.pcm.len(), length });
        self.pcm.extend_from_slice(payload);
    }

    pub fn fact(&mut self, leg: LegId, at_ms: i64, fact: Fact) {
        self.urgent |= fact.is_urgent();
        self.facts.push(FactAt { leg, at_ms, fact, after_frames: self.frames.len() });
    }
}
