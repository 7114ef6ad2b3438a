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

    /// Take everything of `newer` behind what is here. Audio beyond the limit is dropped, facts are not. `newer` keeps its memory.
    pub fn take_in(&mut self, newer: &mut Self) {
        let (bytes, frames) = (self.pcm.len(), self.frames.len());
        self.urgent |= newer.urgent;
        self.dropped_bytes += newer.dropped_bytes;
        if bytes + newer.pcm.len() > OUTBOX_BYTES {
            self.dropped_bytes += newer.pcm.len() as u64;
            self.facts.extend(newer.facts.drain(..).map(|fact| FactAt { after_frames: frames, ..fact }));
        } else {
            self.pcm.extend_from_slice(&newer.pcm);
            let moved = |place: FrameAt| FrameAt { offset: place.offset + bytes, ..place };
            self.frames.extend(newer.frames.drain(..).map(moved));
            self.packets.extend(newer.packets.drain(..).map(moved));
            let behind = |fact: FactAt| FactAt { after_frames: fact.after_frames + frames, ..fact };
            self.facts.extend(newer.facts.drain(..).map(behind));
        }
        newer.forget();
    }

    fn forget(&mut self) {
        self.pcm.clear();
        self.frames.clear();
        self.packets.clear();
        self.facts.clear();
        (self.urgent, self.dropped_bytes) = (false, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(leg: LegId, said: &str) -> Outbox {
        let mut outbox = Outbox::default();
        outbox.fact(leg, 1, Fact::Connected);
        outbox.audio(leg, 2, &[leg as i16; 3]);
        outbox.packet(leg, 3, said.as_bytes());
        outbox.fact(leg, 4, Fact::Data(said.into()));
        outbox
    }

    fn bytes<'a>(outbox: &'a Outbox, place: &FrameAt) -> &'a [u8] {
        &outbox.pcm[place.offset..place.offset + place.length]
    }

    #[test]
    fn two_outboxes_become_one_in_which_every_leg_keeps_its_order() {
        let (mut one, mut other) = (of(1, "one"), of(2, "other"));
        one.take_in(&mut other);
        assert!(other.is_empty());
        let frames: Vec<(LegId, &[u8])> = one.frames.iter().map(|frame| (frame.leg, bytes(&one, frame))).collect();
        assert_eq!(vec![(1, &[1, 0, 1, 0, 1, 0][..]), (2, &[2, 0, 2, 0, 2, 0][..])], frames);
        let packets: Vec<(LegId, &[u8])> = one.packets.iter().map(|packet| (packet.leg, bytes(&one, packet))).collect();
        assert_eq!(vec![(1, &b"one"[..]), (2, b"other")], packets);
        let facts: Vec<(LegId, usize)> = one.facts.iter().map(|fact| (fact.leg, fact.after_frames)).collect();
        assert_eq!(vec![(1, 0), (1, 1), (2, 1), (2, 2)], facts, "the other's come after the first one's frame");
    }

    #[test]
    fn a_full_outbox_takes_in_facts_only_and_counts_what_it_drops() {
        let mut full = Outbox { pcm: vec![0; OUTBOX_BYTES - 3], ..Outbox::default() };
        full.take_in(&mut of(2, "other"));
        assert_eq!((0, 0, 2), (full.frames.len(), full.packets.len(), full.facts.len()));
        assert_eq!(6 + 5, full.dropped_bytes);
    }
}
