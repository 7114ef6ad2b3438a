//! Whether what comes may be the echo with another delay, before it is found there: where an echo has failed to come, because the line
//! was dead for a moment or the far end had nothing to play, where something begins that is not explained, and while the way back is
//! being learned. While that is in doubt a caller must be louder than the echo would be with any delay.

use crate::spectrum::{BANDS, Levels};

use super::db;
use super::path::{DELAYS, EchoPath, Gains, LEAST_GAIN, loudest};

/// Nothing comes where no band is so far above the noise …
const SILENT: f32 = db(6.0);
/// … and an echo is missed where there should be so much in one, …
const CLEAR: f32 = db(12.0);
/// … and was to be for so many hops before and after.
const EDGE: usize = 2;
/// Hops in which it is missed until the delay is in doubt.
const MISSED: u32 = 2;
/// Hops in which the way back explained what came, after which it is trusted, and the most that count. Each with more than that, or in
/// which the echo is missed, takes one back. With none left it does not come back any more: that is learned, and in doubt no longer.
const TRUSTED: u32 = 20;
const TRUSTED_AT_MOST: u32 = 50;
/// Hops with sound after which any delay has been learned …
const LEARNED: u32 = 60;
/// … and in which one nearby is found, or none is.
const SUSPECTED: u32 = 6;
/// At the beginning the way back is known when it is trusted as much as can be, or after this at the latest: each jump puts it off.
/// Until then no more is believed to come back than came with any delay of late: that falls by so much in a hop, so that an echo that
/// fails to come for 100 ms again and again, because the machine has too much to do, is not forgotten.
const YOUNG: u32 = 400;
const FALLS: f32 = db(0.2);
/// A delay tells something of that when the agent has spoken into it for so many hops.
const TRIED: usize = 10;

/// Whether the delay is in doubt.
pub struct Doubt {
    trust: u32,
    missed: u32,
    /// Hops of doubt left: after an echo that has failed to come, …
    unlearned: u32,
    /// … and where something has begun.
    suspected: u32,
    /// Hops left in which the way back may not be known yet, and the most that may come back then.
    young: u32,
    ceiling: Levels,
}

impl Default for Doubt {
    fn default() -> Self {
        Self { trust: 0, missed: 0, unlearned: 0, suspected: 0, young: YOUNG, ceiling: [LEAST_GAIN; BANDS] }
    }
}

impl Doubt {
    /// One hop more; as `known` the echo came so far. Whether it is missed.
    pub fn note_missed(&mut self, path: &EchoPath, known: &Gains, heard: &Levels) -> bool {
        if heard.iter().zip(&path.noise).any(|(heard, noise)| *heard > noise + SILENT) {
            self.missed = 0;
            self.unlearned = self.unlearned.saturating_sub(1);
            self.suspected = self.suspected.saturating_sub(1);
            return false;
        }
        let trusted = self.trust >= TRUSTED || self.trust > 0 && (self.missed > 0 || self.unlearned > 0);
        self.missed = if trusted && is_due(path, known) { self.missed + 1 } else { 0 };
        if self.missed < MISSED {
            return false;
        }
        self.trust -= 1;
        if self.trust == 0 {
            self.settle();
            return false;
        }
        self.unlearned = LEARNED;
        true
    }

    /// One hop more in which the way back may not be known.
    pub fn grow_up(&mut self, gains: &Gains) {
        if self.young > 0 {
            self.young -= 1;
            let tried = ((YOUNG - self.young) as usize).saturating_sub(TRIED).min(DELAYS);
            let loudest = loudest(&gains[..tried]);
            self.ceiling = std::array::from_fn(|band| (self.ceiling[band] - FALLS).max(loudest[band]));
        }
    }

    /// How much of the agent's voice may come back while its delay is in doubt.
    pub fn most(&self, known: Option<&Gains>) -> Option<Levels> {
        if self.young > 0 {
            return Some(self.ceiling);
        }
        known.filter(|_| self.unlearned.max(self.suspected) > 0).map(|known| loudest(known))
    }

    /// Something begins that is not explained.
    pub fn suspect(&mut self) {
        if self.trust >= TRUSTED {
            self.suspected = SUSPECTED;
        }
    }

    /// Whether the way back explains what came.
    pub fn explained(&mut self, fits: bool, more: bool) {
        if fits {
            self.trust = (self.trust + 1).min(TRUSTED_AT_MOST);
            self.settle();
            if self.trust == TRUSTED_AT_MOST {
                self.young = 0;
            }
        } else if more {
            self.trust = self.trust.saturating_sub(1);
        }
    }

    /// No delay nearby explains it.
    pub fn refute(&mut self) {
        self.suspected = 0;
    }

    /// The way back is known again.
    pub fn settle(&mut self) {
        (self.unlearned, self.suspected) = (0, 0);
    }
}

/// Whether an echo should be there: by the loudest way back, in the middle of a sound.
fn is_due(path: &EchoPath, known: &Gains) -> bool {
    let all = |gains: &Levels| gains.iter().sum::<f32>();
    let Some((delay, gains)) = known.iter().enumerate().max_by(|one, other| all(one.1).total_cmp(&all(other.1))) else {
        return false;
    };
    let around = || (delay.saturating_sub(EDGE)..=delay + EDGE).filter_map(|delay| path.said(delay));
    (0..BANDS).any(|band| around().all(|said| said[band] + gains[band] > path.noise[band] + CLEAR))
}
