//! Telephone events in RTP (RFC 4733): which digit was pressed.

/// Keys in the order of their events' numbers (RFC 4733 3.2).
pub const NAMES: [u8; 16] = *b"0123456789*#ABCD";

/// The number of a key's event.
pub fn event_of(key: char) -> Option<u8> {
    NAMES.iter().position(|name| char::from(*name) == key).map(|event| event as u8)
}

/// Reads the events of one stream.
#[derive(Debug, Default)]
pub struct DigitReader {
    last_ts: Option<u32>,
}

impl DigitReader {
    /// The digit that a packet ends. It counts once per timestamp: the end is sent three times (RFC 4733 2.5.1.4).
    pub fn read(&mut self, ts: u32, payload: &[u8]) -> Option<char> {
        let [event, flags, ..] = *payload else { return None };
        if flags & 0x80 == 0 || self.last_ts == Some(ts) {
            return None;
        }
        let digit = NAMES.get(usize::from(event))?;
        self.last_ts = Some(ts);
        Some(char::from(*digit))
    }
}

#[cfg(test)]
mod tests {
    use super::DigitReader;

    #[test]
    fn a_digit_counts_at_its_first_end_and_once() {
        let mut reader = DigitReader::default();
        let read: Vec<_> = [(1, [5, 0x0a, 0, 160]), (1, [5, 0x8a, 3, 32]), (1, [5, 0x8a, 3, 32]), (2, [11, 0x8a, 3, 32])]
            .into_iter()
            .map(|(ts, payload)| reader.read(ts, &payload))
            .collect();
        assert_eq!(vec![None, Some('5'), None, Some('#')], read);
    }

    #[test]
    fn what_is_no_digit_is_passed_over() {
        let mut reader = DigitReader::default();
        assert_eq!(None, reader.read(1, &[16, 0x80, 0, 0]), "a flash");
        assert_eq!(None, reader.read(2, &[1]), "half a packet");
    }
}
