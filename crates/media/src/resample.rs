//! From one sample rate to another, by a ratio of small whole numbers: a windowed sinc in polyphase form.

use std::f32::consts::PI;

/// Taps on each side of an output sample, at the lower of the two rates: 60 dB down a tenth beyond the edge.
const REACH: usize = 12;
/// The pass band's edge as a share of the lower rate's Nyquist frequency.
const EDGE: f32 = 0.92;

/// One stream. Output lags by `REACH` samples of the lower rate (1.5 ms at 8 kHz).
pub struct Resampler {
    up: usize,
    down: usize,
    /// One row of taps for each place an output sample may have between two inputs, oldest input first.
    phases: Vec<Vec<f32>>,
    history: Vec<f32>,
    /// Place of the next output in the history, in input samples times `up`.
    at: usize,
}

impl Resampler {
    pub fn new(from_hz: u32, to_hz: u32) -> Self {
        let divisor = gcd(from_hz, to_hz);
        let (up, down) = ((to_hz / divisor) as usize, (from_hz / divisor) as usize);
        // A tap reaches over so many input samples; below 1 the cut-off falls as the output's rate does.
        let scale = (up as f32 / down as f32).min(1.0);
        let width = 2 * (REACH as f32 / scale).ceil() as usize;
        let phases = (0..up).map(|phase| taps(phase as f32 / up as f32, width, scale)).collect();
        Self { up, down, phases, history: vec![0.0; width], at: 0 }
    }

    /// The next input samples; appends what they make due.
    pub fn push(&mut self, pcm: &[i16], out: &mut Vec<i16>) {
        self.history.extend(pcm.iter().map(|sample| f32::from(*sample)));
        let width = self.phases[0].len();
        while self.at / self.up + width < self.history.len() {
            let taps = &self.phases[self.at % self.up];
            let from = self.at / self.up + 1;
            let sum: f32 = self.history[from..from + width].iter().zip(taps).map(|(sample, tap)| sample * tap).sum();
            out.push(sum.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16);
            self.at += self.down;
        }
        let past = self.at / self.up;
        self.history.drain(..past.min(self.history.len()));
        self.at -= past * self.up;
    }
}

/// Blackman's window over a sinc whose zero lies `offset` of an input sample past the middle; they add up to one.
fn taps(offset: f32, width: usize, scale: f32) -> Vec<f32> {
    let middle = width as f32 / 2.0 - 1.0 + offset;
    let cutoff = scale * EDGE;
    let taps: Vec<f32> = (0..width)
        .map(|index| {
            let x = index as f32 - middle;
            let window = 0.42 + 0.5 * (2.0 * PI * x / width as f32).cos() + 0.08 * (4.0 * PI * x / width as f32).cos();
            let sinc = if x == 0.0 { 1.0 } else { (PI * cutoff * x).sin() / (PI * cutoff * x) };
            sinc * window.max(0.0)
        })
        .collect();
    let sum: f32 = taps.iter().sum();
    taps.into_iter().map(|tap| tap / sum).collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [(u32, u32); 6] =
        [(8_000, 16_000), (16_000, 8_000), (24_000, 8_000), (24_000, 16_000), (48_000, 16_000), (16_000, 24_000)];

    fn tone(rate_hz: u32, hz: f32, samples: usize) -> Vec<i16> {
        (0..samples).map(|i| (10_000.0 * (i as f32 / rate_hz as f32 * hz * 2.0 * PI).sin()) as i16).collect()
    }

    fn level(pcm: &[i16]) -> f32 {
        (pcm.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / pcm.len() as f32).sqrt()
    }

    fn all(from: u32, to: u32, pcm: &[i16]) -> Vec<i16> {
        let (mut resampler, mut out) = (Resampler::new(from, to), Vec::new());
        resampler.push(pcm, &mut out);
        out
    }

    #[test]
    fn every_20_ms_make_20_ms() {
        for (from, to) in RATES {
            let (mut resampler, mut out) = (Resampler::new(from, to), Vec::new());
            for frame in 1..50 {
                resampler.push(&tone(from, 300.0, from as usize / 50), &mut out);
                assert_eq!(frame * to as usize / 50, out.len(), "{from} to {to}");
            }
        }
    }

    #[test]
    fn pieces_of_any_length_make_the_same() {
        for (from, to) in RATES {
            let pcm = tone(from, 700.0, 4_000);
            let (mut resampler, mut out) = (Resampler::new(from, to), Vec::new());
            for piece in pcm.chunks(37) {
                resampler.push(piece, &mut out);
            }
            assert_eq!(all(from, to, &pcm), out, "{from} to {to}");
        }
    }

    #[test]
    fn a_voice_passes_and_what_would_fold_back_does_not() {
        for (from, to) in RATES {
            let nyquist = from.min(to) as f32 / 2.0;
            for share in [0.05, 0.3, 0.7] {
                let out = all(from, to, &tone(from, nyquist * share, from as usize));
                let gain = level(&out[400..]) / 7_071.0;
                assert!((0.95..1.05).contains(&gain), "{from} to {to}: {share} of the band comes out at {gain}");
            }
            if to < from {
                let out = all(from, to, &tone(from, nyquist * 1.2, from as usize));
                assert!(level(&out[400..]) < 30.0, "{from} to {to}: {} folds back", level(&out[400..]));
            }
        }
    }

    #[test]
    fn the_loudest_sound_does_not_turn_over() {
        let square: Vec<i16> = (0..8_000).map(|i| if i / 8 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
        let out = all(16_000, 24_000, &square);
        assert!(out.windows(2).all(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs() < 60_000));
    }
}
