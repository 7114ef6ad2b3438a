//! How loud two signals are, band by band: the caller's and the agent's in one transform, at 8 kHz, which is all a telephone carries.

use std::f32::consts::TAU;

/// 16 ms at 8 kHz, a power of two.
pub const WINDOW: usize = 128;
pub const BANDS: usize = 8;
/// Edges in bins of 62.5 Hz: 190 to 3,380 Hz, narrower where voices have their first formants.
const EDGES: [usize; BANDS + 1] = [3, 5, 7, 10, 14, 19, 26, 36, 54];
/// A sine of full scale has this power in its bin behind the Hann window.
const FULL: f32 = ((WINDOW / 4) * (WINDOW / 4)) as f32 * 32_768.0 * 32_768.0;
/// -90 dB: nothing is quieter.
const LEAST: f32 = 1e-9;

/// Powers beside that of a full sine, as logarithms to base two: 1 is 3 dB.
pub type Levels = [f32; BANDS];

/// The transform with its tables.
pub struct Spectrum {
    window: [f32; WINDOW],
    turns: [(f32, f32); WINDOW / 2],
    order: [u8; WINDOW],
    work: [(f32, f32); WINDOW],
}

impl Default for Spectrum {
    fn default() -> Self {
        let angle = |at: usize| at as f32 / WINDOW as f32 * TAU;
        let bits = WINDOW.trailing_zeros();
        Self {
            window: std::array::from_fn(|at| 0.5 - 0.5 * angle(at).cos()),
            turns: std::array::from_fn(|at| (angle(at).cos(), -angle(at).sin())),
            order: std::array::from_fn(|at| (at as u8).reverse_bits() >> (8 - bits)),
            work: [(0.0, 0.0); WINDOW],
        }
    }
}

impl Spectrum {
    /// Levels of two real signals: one is the transform's real part, the other its imaginary one.
    pub fn levels(&mut self, one: &[f32; WINDOW], other: &[f32; WINDOW]) -> (Levels, Levels) {
        for (at, place) in self.order.iter().enumerate() {
            let weight = self.window[at];
            self.work[usize::from(*place)] = (one[at] * weight, other[at] * weight);
        }
        self.transform();
        let (mut first, mut second) = ([0.0; BANDS], [0.0; BANDS]);
        for band in 0..BANDS {
            for bin in EDGES[band]..EDGES[band + 1] {
                let ((re, im), (re_back, im_back)) = (self.work[bin], self.work[WINDOW - bin]);
                first[band] += (re + re_back).powi(2) + (im - im_back).powi(2);
                second[band] += (re - re_back).powi(2) + (im + im_back).powi(2);
            }
        }
        (first.map(level), second.map(level))
    }

    /// Cooley and Tukey's, in place, the input in bit-reversed order.
    fn transform(&mut self) {
        let mut half = 1;
        while half < WINDOW {
            let step = WINDOW / 2 / half;
            for group in self.work.chunks_exact_mut(2 * half) {
                let (low, high) = group.split_at_mut(half);
                for (at, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let (cos, sin) = self.turns[at * step];
                    let turned = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                    *b = (a.0 - turned.0, a.1 - turned.1);
                    *a = (a.0 + turned.0, a.1 + turned.1);
                }
            }
            half *= 2;
        }
    }
}

fn level(power: f32) -> f32 {
    (power / (4.0 * FULL)).max(LEAST).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f32, amplitude: f32) -> [f32; WINDOW] {
        std::array::from_fn(|at| (at as f32 / 8_000.0 * hz * TAU).sin() * amplitude)
    }

    fn loudest(levels: &Levels) -> usize {
        (0..BANDS).max_by(|a, b| levels[*a].total_cmp(&levels[*b])).expect("there are bands")
    }

    #[test]
    fn two_tones_are_told_apart_in_level_and_pitch() {
        let (one, other) = Spectrum::default().levels(&sine(500.0, 32_767.0), &sine(2_000.0, 327.67));
        assert_eq!((2, 6), (loudest(&one), loudest(&other)));
        let decibels = 3.01 * (one[2] - other[6]);
        assert!((38.0..42.0).contains(&decibels), "{decibels}");
        assert!(one[6] < -20.0, "{one:?}");
    }

    #[test]
    fn silence_has_a_floor() {
        let (one, other) = Spectrum::default().levels(&[0.0; WINDOW], &[0.0; WINDOW]);
        assert_eq!(one, other);
        assert!(one.iter().all(|level| (-30.0..-29.0).contains(level)), "{one:?}");
    }
}
