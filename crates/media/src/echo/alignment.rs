//! A way back that has become longer or shorter at once, and is the same otherwise: a telephone's buffer was filled in a burst, or
//! has let something out. Learned anew it would take half a second, in which the agent's voice is a caller. So where more comes than
//! is expected, the way as it last was is tried at every delay nearby: if it fits one of them much better, it is there now.

use crate::spectrum::{BANDS, Levels};

use super::db;
use super::doubt::Doubt;
use super::path::{EchoPath, Gains, loudest};

/// How far it is looked for, in hops: 200 ms, more than a buffer of a telephone's holds.
const FARTHEST: usize = 20;
const SHIFTS: usize = 2 * FARTHEST + 1;
/// How much of a hop's verdict is left after the next: some seven count.
const KEPT: f32 = 0.85;
/// A band tells something if it is so far above the noise, in what came or in what was expected.
const CLEAR: f32 = db(12.0);
/// A band that is all wrong is not more wrong than that.
const ALL_WRONG: f32 = db(15.0);
/// What is judged: as much as two hops with sound in all bands.
const ENOUGH: f32 = 2.0;
/// So far off is a way back that explains what comes, in the mean of bands and hops, after coding and a room …
const FITS: f32 = db(4.5);
/// … and so far at most if it has just been found by few hops. A caller over an echo is 7 to 12 dB off at the best of all delays.
const FITS_NEWLY: f32 = db(6.0);
/// It must fit better than the old place by this. By `python -m benchmarks.gate`, as the three above.
const BETTER: f32 = db(3.0);
/// Quieter than the loudest way back in its band by more than this is not looked for: it tells little and costs as much.
const LESSER: f32 = db(8.0);
/// How soon what is known of the way back follows what is learned of it, which goes up and down by each syllable: in 0.3 s of sound.
const SETTLES: f32 = 0.03;
/// After so many hops without anything unexplained another search begins.
const CALM: u32 = 6;

/// How far what was expected is off from what came.
#[derive(Clone, Copy, Default)]
struct Fit {
    off: f32,
    weight: f32,
}

impl Fit {
    fn add(&mut self, heard: &Levels, expected: &Levels, noise: &Levels) {
        let (mut off, mut weight) = (0.0, 0.0);
        for band in 0..BANDS {
            let tells = heard[band].max(expected[band]) > noise[band] + CLEAR;
            let counts = f32::from(u8::from(tells)) / BANDS as f32;
            weight += counts;
            off += counts * (heard[band] - expected[band]).abs().min(ALL_WRONG);
        }
        self.off = KEPT * self.off + off;
        self.weight = KEPT * self.weight + weight;
    }

    fn mean(&self) -> f32 {
        self.off / self.weight.max(f32::MIN_POSITIVE)
    }

    fn fits(&self, within: f32) -> bool {
        self.weight > ENOUGH && self.mean() < within
    }
}

/// Where the way back is.
pub struct Alignment {
    /// The way back as it was while it explained what came.
    known: Option<Gains>,
    /// What is looked for of it: delay and gains.
    peaks: Vec<(usize, Levels)>,
    here: Fit,
    elsewhere: [Fit; SHIFTS],
    /// Hops since something was not explained.
    calm: u32,
    doubt: Doubt,
}

impl Default for Alignment {
    fn default() -> Self {
        Self {
            known: None,
            peaks: Vec::new(),
            here: Fit::default(),
            elsewhere: [Fit::default(); SHIFTS],
            calm: CALM,
            doubt: Doubt::default(),
        }
    }
}

impl Alignment {
    /// One hop more; `more` says that it is not explained. Whether the way back was found elsewhere; `path` knows it then.
    pub fn follow(&mut self, path: &mut EchoPath, heard: &Levels, expected: &Levels, more: bool) -> bool {
        self.here.add(heard, expected, &path.noise);
        let fits = self.here.fits(FITS);
        self.doubt.explained(fits, more);
        self.doubt.grow_up(&path.gains);
        if fits {
            self.settle(&path.gains);
        }
        let fresh = more && self.calm >= CALM;
        self.calm = if more { 0 } else { self.calm + 1 };
        if fresh {
            self.doubt.suspect();
            self.begin();
        }
        if self.known.is_none()
            || self.calm >= CALM
            || heard.iter().zip(&path.noise).all(|(heard, noise)| *heard < noise + CLEAR)
        {
            return false;
        }
        self.compare(path, heard);
        self.found(path)
    }

    /// Whether an echo is missed in this hop, of which nothing is to be learned then. What came before does not tell any more how
    /// well the old place fits; `follow` counts this hop as all wrong for it.
    pub fn note_missed(&mut self, path: &EchoPath, heard: &Levels) -> bool {
        let missed = self.known.as_ref().is_some_and(|known| self.doubt.note_missed(path, known, heard));
        if missed {
            self.here = Fit::default();
        }
        missed
    }

    /// As loud as an echo can be while its delay is in doubt.
    pub fn bar(&self, path: &EchoPath) -> Option<Levels> {
        let (said, gains) = (path.loudest_said(), self.doubt.most(self.known.as_ref())?);
        Some(std::array::from_fn(|band| said[band] + gains[band]))
    }

    fn settle(&mut self, learned: &Gains) {
        let known = self.known.get_or_insert(*learned);
        for (known, learned) in known.iter_mut().flatten().zip(learned.iter().flatten()) {
            *known += SETTLES * (learned - *known);
        }
    }

    fn begin(&mut self) {
        self.elsewhere = [Fit::default(); SHIFTS];
        self.peaks.clear();
        let Some(known) = &self.known else { return };
        let loudest = loudest(known);
        for (delay, gains) in known.iter().enumerate() {
            let peak = std::array::from_fn(|band| if gains[band] < loudest[band] - LESSER { f32::MIN } else { gains[band] });
            if peak.iter().any(|gain| *gain > f32::MIN) {
                self.peaks.push((delay, peak));
            }
        }
    }

    fn compare(&mut self, path: &EchoPath, heard: &Levels) {
        for (shift, fit) in self.elsewhere.iter_mut().enumerate() {
            let mut expected = path.noise;
            for (delay, gains) in &self.peaks {
                let Some(said) = (delay + shift).checked_sub(FARTHEST).and_then(|delay| path.said(delay)) else { continue };
                for band in 0..BANDS {
                    expected[band] = expected[band].max(said[band] + gains[band]);
                }
            }
            fit.add(heard, &expected, &path.noise);
        }
    }

    fn found(&mut self, path: &mut EchoPath) -> bool {
        let best = self.elsewhere.iter().enumerate().min_by(|one, other| one.1.mean().total_cmp(&other.1.mean()));
        let here = self.here.mean();
        if best.is_some_and(|(_, fit)| fit.weight > ENOUGH && fit.mean() > FITS_NEWLY) {
            self.doubt.refute();
        }
        let Some((shift, _)) = best.filter(|(_, fit)| fit.fits(FITS_NEWLY) && here > fit.mean() + BETTER) else { return false };
        if let Some(known) = &self.known {
            path.comes_also(known, shift as i32 - FARTHEST as i32);
        }
        self.here = Fit::default();
        self.calm = CALM;
        self.doubt.settle();
        true
    }
}
