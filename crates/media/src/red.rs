//! Redundant audio (RFC 2198): a packet that carries earlier ones along. A lost packet is then heard from its copy, as it was.

use std::collections::VecDeque;

use crate::limits::RED_COPIES;
use crate::sdp::AudioSection;
use crate::voice::FRAME_CLOCK;

/// Bytes of a copy's header; the last block's has one.
const HEADER: usize = 4;
/// What the 14 bits of a timestamp offset and the 10 of a length can say (RFC 2198 3).
const FARTHEST_BACK: u32 = (1 << 14) - 1;
const LONGEST_COPY: usize = (1 << 10) - 1;
/// Copies kept for packets to come.
const KEPT: usize = 2;

/// An earlier packet's payload that came along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copy<'a> {
    /// How much earlier, on the RTP clock.
    pub back: u32,
    pub payload: &'a [u8],
}

/// A packet taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks<'a> {
    pub primary: &'a [u8],
    copies: [Copy<'a>; RED_COPIES],
    count: usize,
}

impl<'a> Blocks<'a> {
    /// The latest first: the n-th is of the packet n numbers before, if the sender left none out.
    pub fn copies(&self) -> impl Iterator<Item = Copy<'a>> {
        self.copies[..self.count].iter().rev().copied()
    }
}

/// Take a packet apart whose blocks are all of payload type `pt`. None for anything else.
pub fn split(payload: &[u8], pt: u8) -> Option<Blocks<'_>> {
    let (count, mut rest) = headers(payload, pt)?;
    let mut copies = [Copy::default(); RED_COPIES];
    for (copy, header) in copies.iter_mut().zip(payload.chunks_exact(HEADER)).take(count) {
        let word = u32::from_be_bytes([0, header[1], header[2], header[3]]);
        let block = rest.split_at_checked((word & LONGEST_COPY as u32) as usize)?;
        *copy = Copy { back: word >> 10, payload: block.0 };
        rest = block.1;
    }
    (!rest.is_empty()).then_some(Blocks { primary: rest, copies, count })
}

/// How many copies there are, and the bytes behind all headers.
fn headers(payload: &[u8], pt: u8) -> Option<(usize, &[u8])> {
    let mut rest = payload;
    for count in 0..=RED_COPIES {
        let first = *rest.first()?;
        if first & 0x7f != pt {
            return None;
        }
        if first & 0x80 == 0 {
            return Some((count, &rest[1..]));
        }
        rest = rest.get(HEADER..)?;
    }
    None
}

/// Puts packets together, and remembers them for the next.
#[derive(Debug, Default)]
pub struct RedWriter {
    sent: VecDeque<(u32, Vec<u8>)>,
    packet: Vec<u8>,
}

impl RedWriter {
    /// Payload type and payload of a packet of one frame: with copies if the far end knows how to read them, else alone.
    pub fn carry<'a>(&'a mut self, audio: &AudioSection, ts: u32, payload: &'a [u8], copies: usize) -> (u8, &'a [u8]) {
        match audio.red {
            Some(red) if copies > 0 => (red, self.write(audio.opus, ts, FRAME_CLOCK, payload, copies)),
            Some(_) => {
                self.remember(ts, payload);
                (audio.opus, payload)
            }
            None => (audio.opus, payload),
        }
    }

    /// Other packets come between: a receiver numbers copies by their place, so that none goes along over them.
    pub fn break_off(&mut self) {
        self.sent.clear();
    }

    /// A packet of payload type `pt`, of `duration` on the RTP clock, with up to `copies` of those before it. Copies end at the
    /// sender's last pause: their receiver numbers them by their place.
    fn write(&mut self, pt: u8, ts: u32, duration: u32, payload: &[u8], copies: usize) -> &[u8] {
        let back = |sent: &(u32, Vec<u8>)| ts.wrapping_sub(sent.0);
        let places = (1..).zip(self.sent.iter());
        let fits = |(place, sent): &(u32, &(u32, Vec<u8>))| back(sent) == place * duration && back(sent) <= FARTHEST_BACK;
        let count = places.take(copies.min(KEPT)).take_while(|found| fits(found) && found.1.1.len() <= LONGEST_COPY).count();
        self.packet.clear();
        for sent in self.sent.iter().take(count).rev() {
            let word = u32::from(pt | 0x80) << 24 | back(sent) << 10 | sent.1.len() as u32;
            self.packet.extend_from_slice(&word.to_be_bytes());
        }
        self.packet.push(pt);
        self.sent.iter().take(count).rev().for_each(|sent| self.packet.extend_from_slice(&sent.1));
        self.packet.extend_from_slice(payload);
        self.remember(ts, payload);
        &self.packet
    }

    /// This packet has left, and may go along with the next.
    fn remember(&mut self, ts: u32, payload: &[u8]) {
        let mut bytes = if self.sent.len() >= KEPT { self.sent.pop_back().unwrap_or_default().1 } else { Vec::new() };
        bytes.clear();
        bytes.extend_from_slice(payload);
        self.sent.push_front((ts, bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPUS: u8 = 111;

    #[test]
    fn the_layout_is_that_of_rfc_2198() {
        let mut writer = RedWriter::default();
        writer.remember(1000, &[7; 5]);
        let packet = writer.write(OPUS, 1960, 960, &[9, 8], 1);
        assert_eq!([0x80 | 111, 15, 0, 5, 111, 7, 7, 7, 7, 7, 9, 8][..], packet[..]);
    }

    #[test]
    fn copies_come_back_latest_first() {
        let mut writer = RedWriter::default();
        writer.remember(0, &[1]);
        writer.remember(960, &[2, 2]);
        let packet = writer.write(OPUS, 1920, 960, &[3], 2).to_vec();
        let blocks = split(&packet, OPUS).expect("well-formed");
        assert_eq!(&[3], blocks.primary);
        let copies: Vec<_> = blocks.copies().map(|copy| (copy.back, copy.payload)).collect();
        assert_eq!(vec![(960, &[2_u8, 2][..]), (1920, &[1][..])], copies);
    }

    #[test]
    fn nothing_from_before_a_pause_goes_along() {
        let mut writer = RedWriter::default();
        writer.remember(0, &[1]);
        writer.remember(9600, &[2]);
        let packet = writer.write(OPUS, 10_560, 960, &[3], 2).to_vec();
        assert_eq!(1, split(&packet, OPUS).expect("well-formed").copies().count());
        let packet = writer.write(OPUS, 99_999, 960, &[4], 2).to_vec();
        assert_eq!(vec![OPUS, 4], packet);
    }

    #[test]
    fn what_is_no_red_packet_of_opus_is_refused() {
        let copy = 0x80 | OPUS;
        let nine_copies: Vec<u8> = [copy, 0, 0, 0].repeat(RED_COPIES + 1).into_iter().chain([OPUS, 1]).collect();
        let cases: [&[u8]; 8] = [
            &[],
            &[OPUS],                        // no primary
            &[96, 1],                       // another type
            &[copy, 0, 0],                  // half a header
            &[copy, 0, 0, 0],               // no last header
            &[copy, 0, 0, 9, OPUS, 1, 2],   // longer than what is there
            &[0x80 | 96, 0, 0, 0, OPUS, 1], // a copy of another type
            &nine_copies,
        ];
        for case in cases {
            assert_eq!(None, split(case, OPUS), "{case:?}");
        }
        assert!(split(&nine_copies[4..], OPUS).is_some(), "as many as the limit are read");
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_apart_without_a_panic_and_within_themselves(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..64),
            like in 0..6_usize,
        ) {
            for header in bytes.chunks_mut(4).take(like) {
                header[0] = 0x80 | OPUS;
                header[1..].iter_mut().for_each(|byte| *byte &= 0x07);
            }
            if let Some(last) = bytes.get_mut(4 * like) {
                *last = OPUS;
            }
            if let Some(blocks) = split(&bytes, OPUS) {
                let copies: usize = blocks.copies().map(|copy| copy.payload.len() + HEADER).sum();
                prop_assert_eq!(bytes.len(), copies + 1 + blocks.primary.len());
            }
        }

        #[test]
        fn what_was_written_is_read(
            payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..1100), 1..8),
            start in any::<u32>(),
            copies in 0..4_usize,
        ) {
            let mut writer = RedWriter::default();
            for (i, payload) in payloads.iter().enumerate() {
                let ts = start.wrapping_add(i as u32 * 960);
                let packet = writer.write(OPUS, ts, 960, payload, copies).to_vec();
                let blocks = split(&packet, OPUS).expect("well-formed");
                prop_assert_eq!(&payload[..], blocks.primary);
                for (n, copy) in (1..).zip(blocks.copies()) {
                    prop_assert_eq!((n as u32 * 960, &payloads[i - n][..]), (copy.back, copy.payload));
                }
            }
        }
    }
}
