//! When the far end's packets come: their place in the 20 ms of a frame, through jitter, loss and a drifting clock.

use std::time::Instant;

use crate::voice::FRAME;

/// A packet moves the place by this part of what it is off: one that comes 10 ms late by a millisecond.
const SMOOTHING: u32 = 8;

#[derive(Clone, Copy, Debug, Default)]
pub struct Rhythm {
    expected: Option<Instant>,
}

impl Rhythm {
    /// A packet has come.
    pub fn packet(&mut self, now: Instant) {
        let Some(before) = self.expected else {
            self.expected = Some(now);
            return;
        };
        let frames = (now.saturating_duration_since(before) + FRAME / 2).as_micros() / FRAME.as_micros();
        let expected = before + FRAME * u32::try_from(frames).unwrap_or(0);
        self.expected = Some(if now >= expected {
            expected + (now - expected).min(FRAME) / SMOOTHING
        } else {
            expected - (expected - now) / SMOOTHING
        });
    }

    /// When one came, or should have; others come whole frames from there.
    pub fn beat(&self) -> Option<Instant> {
        self.expected
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// How far from `place` after the start, in microseconds within a frame.
    fn off(rhythm: &Rhythm, start: Instant, place: Duration) -> u128 {
        let at = (rhythm.beat().expect("packets") - start + FRAME - place).as_micros() % FRAME.as_micros();
        at.min(FRAME.as_micros() - at)
    }

    #[test]
    fn jitter_loss_and_longer_packets_do_not_hide_the_place() {
        let (start, mut rhythm) = (Instant::now(), Rhythm::default());
        for (number, late) in (0..200_u64).zip([0, 3, 1, 4, 2].into_iter().cycle()) {
            if number % 7 != 0 {
                rhythm.packet(start + ms(7 + number * 20 + late));
            }
        }
        assert!(off(&rhythm, start, ms(9)) < 1_000, "{}", off(&rhythm, start, ms(9)));
        (0..50).for_each(|number| rhythm.packet(start + ms(4_009 + number * 60)));
        assert!(off(&rhythm, start, ms(9)) < 1_000, "{}", off(&rhythm, start, ms(9)));
    }

    #[test]
    fn another_place_is_found_within_half_a_second_and_one_straggler_moves_it_by_a_millisecond() {
        let (start, mut rhythm) = (Instant::now(), Rhythm::default());
        (0..50).for_each(|number| rhythm.packet(start + ms(number * 20)));
        rhythm.packet(start + ms(50 * 20 + 8));
        assert_eq!(1_000, off(&rhythm, start, ms(0)));
        (52..77).for_each(|number| rhythm.packet(start + ms(number * 20 + 9)));
        assert!(off(&rhythm, start, ms(9)) < 1_000, "{}", off(&rhythm, start, ms(9)));
    }

    #[test]
    fn packets_that_come_together_after_a_stall_are_no_rhythm() {
        let (start, mut rhythm) = (Instant::now(), Rhythm::default());
        (0..50).for_each(|number| rhythm.packet(start + ms(number * 20)));
        let late = start + ms(1_500);
        (0..25).for_each(|_| rhythm.packet(late));
        assert_eq!(0, off(&rhythm, start, ms(0)), "on a beat");
    }
}
