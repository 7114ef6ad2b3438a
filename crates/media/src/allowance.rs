//! How much of a caller's audio may be heard. Timestamps and lengths are the far end's word: what they claim is believed as far as
//! there was time for it.

use std::time::{Duration, Instant};

use crate::limits::AUDIO_AHEAD;
use crate::opus::HEARD_HZ;

/// Audio for each second that goes by: a stall is filled while it lasts, and what it held up is heard behind that.
const PACE: u32 = 2;

/// One leg's. Full at first.
#[derive(Debug, Default)]
pub struct Allowance {
    /// When it will be full again; None before the first audio.
    full_at: Option<Instant>,
}

impl Allowance {
    /// Whether more may be heard.
    pub fn lets(&self, now: Instant) -> bool {
        self.full_at.is_none_or(|full_at| full_at < now + AUDIO_AHEAD / PACE)
    }

    /// So many samples were heard.
    pub fn spend(&mut self, now: Instant, samples: usize) {
        let time = Duration::from_micros(samples as u64 * 1_000_000 / u64::from(HEARD_HZ * PACE));
        self.full_at = Some(self.full_at.map_or(now, |full_at| full_at.max(now)) + time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: usize = HEARD_HZ as usize;

    #[test]
    fn a_burst_is_heard_and_then_twice_what_there_is_time_for() {
        let (start, mut allowance) = (Instant::now(), Allowance::default());
        let mut heard = 0;
        for second in 0..60 {
            let now = start + Duration::from_secs(second);
            while allowance.lets(now) {
                allowance.spend(now, SECOND);
                heard += 1;
            }
        }
        assert_eq!(AUDIO_AHEAD.as_secs() + 2 * 59, heard);
    }

    #[test]
    fn who_talks_while_time_goes_by_never_comes_to_the_end_of_it() {
        let (start, mut allowance) = (Instant::now(), Allowance::default());
        for second in 0..36_000 {
            let now = start + Duration::from_secs(second);
            assert!(allowance.lets(now));
            allowance.spend(now, SECOND + SECOND / 2);
        }
        let now = start + Duration::from_secs(36_000);
        for _ in 0..AUDIO_AHEAD.as_secs() {
            assert!(allowance.lets(now), "and may say much at once");
            allowance.spend(now, SECOND);
        }
    }
}
