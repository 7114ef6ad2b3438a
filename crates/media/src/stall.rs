//! A caller from whom nothing comes: what is missing is made up, and more as time goes by, so that endpointing goes on.

use std::time::{Duration, Instant};

use crate::opus::RTP_HZ;

/// libopus fades its concealment out over about this long; what is missing beyond it is silence.
pub const CONCEALED_AT_MOST_48K: u32 = RTP_HZ / 10;
/// Nothing arriving for so long is a stall …
const AFTER: Duration = Duration::from_millis(120);
/// … and for so long within a word: if that was only held up, what is made up is a hole in it for the recogniser. If it is lost, all
/// of that is made up at once, so that what is timed by samples does not wait; the gate closes so much later.
const AFTER_IN_A_WORD: Duration = Duration::from_millis(400);
const FRAME: Duration = Duration::from_millis(20);
/// Endpointing is over by then; a leg that stays silent is nobody's business but the transport's.
const AT_MOST: Duration = Duration::from_secs(5);

/// What is to be made up now, in samples of 48 kHz.
#[derive(Debug, PartialEq, Eq)]
pub struct Missing {
    pub concealed: u32,
    pub silent: u32,
}

/// One stream's.
#[derive(Debug, Default)]
pub struct Stall {
    last_packet: Option<Instant>,
    next: Option<Instant>,
    /// Made up since the last decoded packet, so that it is not made up twice when packets come again.
    filled_48k: u32,
}

impl Stall {
    pub fn packet(&mut self, now: Instant) {
        self.last_packet = Some(now);
        self.next = Some(now + AFTER);
    }

    /// When more is to be made up.
    pub fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// What is missing at `now`; nothing is while the caller `rests`, for nobody waits for the end of a word.
    pub fn fill(&mut self, now: Instant, rests: bool, in_a_word: bool) -> Option<Missing> {
        let (due, last) = (self.next.filter(|due| *due <= now)?, self.last_packet?);
        if rests || now.saturating_duration_since(last) > AT_MOST {
            self.next = None;
            return None;
        }
        if in_a_word && self.filled_48k == 0 && due < last + AFTER_IN_A_WORD {
            self.next = Some(last + AFTER_IN_A_WORD);
            return None;
        }
        self.next = Some(due + FRAME);
        let missing = if self.filled_48k == 0 { due - last } else { FRAME };
        let duration = missing.as_millis() as u32 * (RTP_HZ / 1000);
        let concealed = duration.min(CONCEALED_AT_MOST_48K.saturating_sub(self.filled_48k));
        self.filled_48k += duration;
        Some(Missing { concealed, silent: duration - concealed })
    }

    /// Whether a loss was made up already.
    pub fn covers(&mut self, duration: u32) -> bool {
        let covers = self.filled_48k >= duration;
        if covers {
            self.filled_48k -= duration;
        }
        covers
    }

    /// A packet is decoded: the stall is over. What had been made up since the one before.
    pub fn end(&mut self) -> u32 {
        std::mem::take(&mut self.filled_48k)
    }
}
