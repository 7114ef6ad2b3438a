//! How much the agent's voice is protected against loss, by what the far end reports of it.

use std::time::{Duration, Instant};

use crate::opus::Mode;

/// Above this the link counts as lossy: one packet in fifty, a gap in the voice every second. The number is a choice. What each
/// protection is worth in words understood is measured (`benchmarks/protection.py`): a copy saves most of them in either mode; the
/// robust mode, half the bits with a coarse copy in each packet, is for those who take no copies and for links that lose because
/// they are full.
pub const LOSSY: f32 = 0.02;
/// Below this for `CLEAN_FOR` it counts as clean again. Four times less than `LOSSY`, so that chance does not make it swing: of a
/// steady 1 % the smoothed reports are 0.4 % off (one standard deviation).
pub const CLEAN: f32 = 0.005;
pub const CLEAN_FOR: Duration = Duration::from_secs(10);
/// Above this one packet in a hundred is lost together with the next, and so is the copy that travels with that: a second copy
/// goes along, until the loss is below `LESS_LOSSY`.
pub const VERY_LOSSY: f32 = 0.10;
pub const LESS_LOSSY: f32 = 0.07;
/// libopus at 24 kbps leaves in-band FEC out of speech unless it expects 6 % loss or more, and has it in 99 of 100 packets from
/// there on, at the same bit rate (measured, 16 and 24 kHz). Above 30 % it only gets coarser.
const EXPECTED_PERCENT: (f32, f32) = (10.0, 30.0);

/// What protects the agent's voice now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    pub mode: Mode,
    /// What `Mode::Robust` sizes its in-band copies for.
    pub expected_loss_percent: u8,
    /// How many earlier packets go along with each (RFC 2198), where that was negotiated.
    pub copies: usize,
}

impl Protection {
    /// An encoder that was asked for by name, whatever the link does.
    pub fn fixed(mode: Mode) -> Self {
        Self { mode, expected_loss_percent: EXPECTED_PERCENT.0 as u8, copies: 0 }
    }

    fn against(loss: f32, copies: usize) -> Self {
        let expected = (loss * 100.0).round().clamp(EXPECTED_PERCENT.0, EXPECTED_PERCENT.1) as u8;
        Self { mode: Mode::Robust, expected_loss_percent: expected, copies }
    }
}

/// Follows the link: low delay while it is clean, protected while it loses.
#[derive(Debug)]
pub struct Choice {
    now: Protection,
    clean_since: Option<Instant>,
}

impl Default for Choice {
    fn default() -> Self {
        Self { now: Protection::fixed(Mode::LowDelay), clean_since: None }
    }
}

impl Choice {
    pub fn protection(&self) -> Protection {
        self.now
    }

    /// The far end has reported this share of loss, smoothed.
    pub fn hear(&mut self, now: Instant, loss: f32) -> Protection {
        if loss >= CLEAN {
            self.clean_since = None;
        }
        if loss > LOSSY || (self.now.mode == Mode::Robust && !self.is_clean(now, loss)) {
            self.now = Protection::against(loss, self.copies(loss));
        } else {
            self.now = Protection::fixed(Mode::LowDelay);
        }
        self.now
    }

    fn is_clean(&mut self, now: Instant, loss: f32) -> bool {
        loss < CLEAN && now.saturating_duration_since(*self.clean_since.get_or_insert(now)) >= CLEAN_FOR
    }

    fn copies(&self, loss: f32) -> usize {
        let two = loss > VERY_LOSSY || (self.now.copies == 2 && loss >= LESS_LOSSY);
        if two { 2 } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A choice that has heard these losses, a second apart, beginning at `from`.
    fn hear(choice: &mut Choice, from: Instant, losses: &[f32]) -> Vec<Protection> {
        (0..).zip(losses).map(|(second, loss)| choice.hear(from + Duration::from_secs(second), *loss)).collect()
    }

    #[test]
    fn a_clean_link_gets_low_delay_and_no_copies() {
        let mut choice = Choice::default();
        let all = hear(&mut choice, Instant::now(), &[0.0, 0.004, 0.012, 0.019, 0.02, 0.0]);
        assert!(all.iter().all(|p| *p == Protection::fixed(Mode::LowDelay) && p.copies == 0));
    }

    #[test]
    fn a_lossy_link_gets_a_robust_encoder_and_a_copy_at_once() {
        let mut choice = Choice::default();
        assert_eq!(Protection { mode: Mode::Robust, expected_loss_percent: 10, copies: 1 }, choice.hear(Instant::now(), 0.021));
    }

    #[test]
    fn what_the_encoder_expects_follows_the_loss_within_what_works() {
        let mut choice = Choice::default();
        let expected = |losses: &[f32], choice: &mut Choice| {
            hear(choice, Instant::now(), losses).iter().map(|p| p.expected_loss_percent).collect::<Vec<_>>()
        };
        assert_eq!(vec![10, 10, 14, 30, 30], expected(&[0.03, 0.1, 0.14, 0.3, 1.0], &mut choice));
    }

    #[test]
    fn a_second_copy_comes_above_ten_percent_and_goes_below_seven() {
        let mut choice = Choice::default();
        let all = hear(&mut choice, Instant::now(), &[0.05, 0.1, 0.11, 0.08, 0.07, 0.06, 0.08]);
        assert_eq!(vec![1, 1, 2, 2, 2, 1, 1], all.iter().map(|p| p.copies).collect::<Vec<_>>());
    }

    #[test]
    fn only_ten_clean_seconds_in_a_row_bring_low_delay_back() {
        let (mut choice, start) = (Choice::default(), Instant::now());
        choice.hear(start, 0.05);
        let mut modes = |from: u64, losses: &[f32]| {
            let all = hear(&mut choice, start + Duration::from_secs(from), losses);
            all.iter().map(|p| p.mode == Mode::Robust).collect::<Vec<_>>()
        };
        assert_eq!(vec![true; 10], modes(1, &[0.004; 10]));
        assert_eq!(vec![true], modes(11, &[0.006]), "one lapse, and the count begins anew");
        assert_eq!(vec![true; 10], modes(12, &[0.004; 10]));
        assert_eq!(vec![false], modes(22, &[0.004]));
        assert_eq!(vec![false], modes(23, &[0.015]), "what would have kept it robust does not make it so");
    }
}
