//! The way back of the agent's voice: how late it comes and how loud, and the noise around it.

use crate::spectrum::{BANDS, Levels};

use super::db;

/// Delays searched, in hops: 600 ms. A phone call over a carrier takes 200 to 400 ms there and back.
pub const DELAYS: usize = 60;
/// What is assumed to come back of a voice before anything is known.
const AT_FIRST: f32 = db(-6.0);
/// Less cannot be told from a line's own noise.
pub const LEAST_GAIN: f32 = db(-50.0);
/// No line and no loudspeaker returns more.
const MOST_GAIN: f32 = db(12.0);
/// Steps by which the quantile goes up and down: the one that three of four hops exceed. An echo of -6 dB that is not there is
/// forgotten within a second of the agent's voice; one that comes up, because the caller has put the phone on the table, is learned
/// within half a second of it.
const UP: f32 = db(1.0);
const DOWN: f32 = db(3.0);
/// The agent's voice counts in a band above this …
const SPOKEN: f32 = db(-60.0);
/// … and if it is among the loudest of what can come back now; the others' echo is lost in theirs.
const BELOW_LOUDEST: f32 = db(15.0);
/// Noise is told by its quietest hops, and is at least this; the speech gate calls silence what is below -55 dB in all.
const QUIET: f32 = db(-68.0);
const NOISE_UP: f32 = db(0.03);
const NOISE_DOWN: f32 = db(1.0);

/// By delay and band.
pub type Gains = [Levels; DELAYS];

/// How much of the agent's voice comes back, by delay and band.
pub struct EchoPath {
    /// What was said in the last hops, the latest at `latest`.
    said: [Levels; DELAYS],
    latest: usize,
    pub gains: Gains,
    /// Hops since something was said.
    silent: usize,
    /// What the line and the room have by themselves.
    pub noise: Levels,
}

impl Default for EchoPath {
    fn default() -> Self {
        Self {
            said: [[2.0 * SPOKEN; BANDS]; DELAYS],
            latest: 0,
            gains: [[AT_FIRST; BANDS]; DELAYS],
            silent: DELAYS,
            noise: [QUIET; BANDS],
        }
    }
}

impl EchoPath {
    /// Whether an echo can still come.
    pub fn echoes(&self) -> bool {
        self.silent < DELAYS
    }

    /// A hop goes by in which this is said.
    pub fn pass(&mut self, spoken: &Levels) {
        self.latest = (self.latest + DELAYS - 1) % DELAYS;
        self.said[self.latest] = *spoken;
        self.silent = if spoken.iter().any(|level| *level > SPOKEN) { 0 } else { self.silent + 1 };
    }

    /// The echo to expect in this hop.
    pub fn expected(&self) -> Levels {
        let mut expected = self.noise;
        for (said, gains) in self.all_said().zip(&self.gains) {
            for band in 0..BANDS {
                expected[band] = expected[band].max(said[band] + gains[band]);
            }
        }
        expected
    }

    /// Learn from what was heard in this hop.
    pub fn learn(&mut self, heard: &Levels) {
        for (noise, heard) in self.noise.iter_mut().zip(heard) {
            *noise = (*noise + if *heard < *noise { -NOISE_DOWN } else { NOISE_UP }).max(QUIET);
        }
        let loudest = self.loudest_said();
        let bars: Levels = std::array::from_fn(|band| (loudest[band] - BELOW_LOUDEST).max(SPOKEN));
        let (newer, older) = self.said.split_at(self.latest);
        for (said, gains) in older.iter().chain(newer).zip(&mut self.gains) {
            for band in 0..BANDS {
                let echo = said[band] + gains[band];
                let step = if heard[band] < echo { -DOWN } else { UP };
                // below the noise nothing can be missed: mu-law makes silence of what is below -78 dB
                let tells = said[band] >= bars[band] && heard[band].max(echo) > self.noise[band];
                let counts = f32::from(u8::from(tells));
                gains[band] = (gains[band] + counts * step).clamp(LEAST_GAIN, MOST_GAIN);
            }
        }
    }

    /// The loudest of what can still come back, by band.
    pub fn loudest_said(&self) -> Levels {
        self.all_said().fold([f32::MIN; BANDS], |loudest, said| std::array::from_fn(|band| loudest[band].max(said[band])))
    }

    /// By delay.
    fn all_said(&self) -> impl Iterator<Item = &Levels> {
        let (newer, older) = self.said.split_at(self.latest);
        older.iter().chain(newer)
    }

    /// What was said so many hops ago, if that is remembered.
    pub fn said(&self, delay: usize) -> Option<&Levels> {
        (delay < DELAYS).then(|| &self.said[(self.latest + delay) % DELAYS])
    }

    /// Perhaps it comes back as in `known`, so many hops later. If it does not, what it does not explain will show.
    pub fn comes_also(&mut self, known: &Gains, hops: i32) {
        for (delay, gains) in self.gains.iter_mut().enumerate() {
            let before = usize::try_from(delay as i32 - hops).ok().and_then(|delay| known.get(delay));
            for (gain, before) in gains.iter_mut().zip(before.into_iter().flatten()) {
                *gain = gain.max(*before);
            }
        }
    }
}

/// The most that comes back in each band.
pub fn loudest(gains: &[Levels]) -> Levels {
    std::array::from_fn(|band| gains.iter().map(|gains| gains[band]).fold(LEAST_GAIN, f32::max))
}
