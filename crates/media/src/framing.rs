//! Packets on a TCP connection (RFC 4571): two bytes of length, then the packet.

use crate::limits::FRAME_BYTES;

/// Bytes of the length.
pub const HEADER: usize = 2;

/// The peer announced a frame that no packet of a call fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oversized(pub usize);

/// Finds the frames in what a connection brings, however it is cut.
#[derive(Debug, Default)]
pub struct Deframer {
    /// The beginning of a frame whose end has not come: never longer than one frame.
    rest: Vec<u8>,
}

impl Deframer {
    /// Take what has come; `each` gets every whole frame. Null packets (RFC 4571 2) are passed over. After an error the stream has
    /// lost its rhythm: close it.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), Oversized> {
        while !bytes.is_empty() {
            let whole = self.missing_from_rest()?;
            if self.rest.is_empty() && bytes.len() >= HEADER {
                let length = announced(bytes)?;
                if let Some(frame) = bytes.get(HEADER..HEADER + length) {
                    give(frame, &mut each); // the usual case, without a copy
                    bytes = &bytes[HEADER + length..];
                    continue;
                }
            }
            let (taken, left) = bytes.split_at(whole.min(bytes.len()));
            self.rest.extend_from_slice(taken);
            bytes = left;
            if self.missing_from_rest()? == 0 {
                give(&self.rest[HEADER..], &mut each);
                self.rest.clear();
            }
        }
        Ok(())
    }

    /// Bytes until the header or, if that is there, the frame is whole.
    fn missing_from_rest(&self) -> Result<usize, Oversized> {
        if self.rest.len() < HEADER {
            return Ok(HEADER - self.rest.len());
        }
        Ok(HEADER + announced(&self.rest)? - self.rest.len())
    }
}

fn give(frame: &[u8], each: &mut impl FnMut(&[u8])) {
    if !frame.is_empty() {
        each(frame);
    }
}

fn announced(header: &[u8]) -> Result<usize, Oversized> {
    let length = usize::from(u16::from_be_bytes([header[0], header[1]]));
    if length > FRAME_BYTES { Err(Oversized(length)) } else { Ok(length) }
}

/// Put a packet behind what is in `out`. False, and nothing is put, if it is longer than a frame may be.
pub fn frame(packet: &[u8], out: &mut Vec<u8>) -> bool {
    if packet.len() > FRAME_BYTES {
        return false;
    }
    out.extend_from_slice(&(packet.len() as u16).to_be_bytes());
    out.extend_from_slice(packet);
    true
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn all(deframer: &mut Deframer, bytes: &[u8]) -> (Vec<Vec<u8>>, Result<(), Oversized>) {
        let mut frames = Vec::new();
        let outcome = deframer.push(bytes, |frame| frames.push(frame.to_vec()));
        (frames, outcome)
    }

    #[test]
    fn null_packets_are_passed_over() {
        let (frames, outcome) = all(&mut Deframer::default(), &[0, 0, 0, 1, 7, 0, 0]);
        assert_eq!((vec![vec![7]], Ok(())), (frames, outcome));
    }

    #[test]
    fn a_frame_longer_than_a_packet_can_be_is_an_error_at_its_second_byte() {
        let length = (FRAME_BYTES as u16 + 1).to_be_bytes();
        assert_eq!(Err(Oversized(FRAME_BYTES + 1)), all(&mut Deframer::default(), &length).1);
        let mut deframer = Deframer::default();
        assert_eq!(Ok(()), all(&mut deframer, &length[..1]).1);
        assert_eq!(Err(Oversized(FRAME_BYTES + 1)), all(&mut deframer, &length[1..]).1);
        assert!(!frame(&[0; FRAME_BYTES + 1], &mut Vec::new()));
    }

    proptest! {
        #[test]
        fn any_cut_of_the_stream_gives_the_same_frames(
            packets in vec(vec(any::<u8>(), 1..300), 0..20),
            cuts in vec(1_usize..200, 1..50),
        ) {
            let mut stream = Vec::new();
            for packet in &packets {
                prop_assert!(frame(packet, &mut stream));
            }
            let (mut deframer, mut frames, mut from) = (Deframer::default(), Vec::new(), 0);
            for cut in cuts.iter().cycle() {
                if from == stream.len() {
                    break;
                }
                let to = (from + cut).min(stream.len());
                let (more, outcome) = all(&mut deframer, &stream[from..to]);
                prop_assert!(outcome.is_ok());
                frames.extend(more);
                from = to;
            }
            prop_assert_eq!(packets, frames);
            prop_assert!(deframer.rest.is_empty());
        }

        #[test]
        fn garbage_neither_panics_nor_grows(pieces in vec(vec(any::<u8>(), 0..3000), 0..20)) {
            let mut deframer = Deframer::default();
            for piece in pieces {
                let outcome = deframer.push(&piece, |_| {});
                prop_assert!(deframer.rest.len() <= HEADER + FRAME_BYTES);
                if outcome.is_err() {
                    break;
                }
            }
        }
    }
}
