//! The agent's encoder: made for the rate of what is played, changed between two frames when the link asks for another.

use std::time::Instant;

use crate::codec::{Encoder, Format};
use crate::opus::{Mode, OpusError};
use crate::playout::Frame;
use crate::protection::Choice;

/// Encodes frames in the leg's format, protected as the link needs.
pub struct Encoding {
    format: Format,
    /// None if the format was asked for by name.
    choice: Option<Choice>,
    encoder: Option<Encoder>,
    /// The last frame, for an encoder that takes over.
    before: Vec<i16>,
    mode_changes: u64,
}

impl Encoding {
    pub fn new(format: Format) -> Self {
        Self { format, choice: None, encoder: None, before: Vec::new(), mode_changes: 0 }
    }

    /// From now on choose mode and redundancy by what the far end reports.
    pub fn follow_link(&mut self) {
        if matches!(self.format, Format::Opus(_)) {
            self.choice.get_or_insert_default();
        }
    }

    /// The far end has lost this share, smoothed.
    pub fn hear(&mut self, now: Instant, loss: f32) {
        let Some(protection) = self.choice.as_mut().map(|choice| choice.hear(now, loss)) else { return };
        if let Some(encoder) = &self.encoder {
            encoder.expect_loss(protection.expected_loss_percent);
        }
    }

    /// How many earlier packets should travel with each.
    pub fn copies(&self) -> usize {
        self.choice.as_ref().map_or(0, |choice| choice.protection().copies)
    }

    /// How often the mode was changed between two frames.
    pub fn mode_changes(&self) -> u64 {
        self.mode_changes
    }

    /// The rate of the last frame.
    pub fn rate_hz(&self) -> Option<u32> {
        self.encoder.as_ref().map(Encoder::rate_hz)
    }

    /// One packet for one frame.
    pub fn encode(&mut self, frame: &Frame) -> Result<&[u8], OpusError> {
        self.prepare(frame.rate_hz)?;
        if self.choice.is_some() {
            self.before.clear();
            self.before.extend_from_slice(&frame.pcm);
        }
        self.encoder.as_mut().ok_or(OpusError(0))?.encode(&frame.pcm)
    }

    fn prepare(&mut self, rate_hz: u32) -> Result<(), OpusError> {
        let format = self.wanted();
        match &self.encoder {
            Some(encoder) if encoder.rate_hz() != rate_hz => self.encoder = Some(self.fresh(rate_hz, format)?),
            Some(encoder) if encoder.mode() != mode_of(format) => {
                let mut encoder = self.fresh(rate_hz, format)?;
                encoder.take_over(&self.before)?;
                self.encoder = Some(encoder);
                self.mode_changes += 1;
            }
            Some(_) => {}
            None => self.encoder = Some(self.fresh(rate_hz, format)?),
        }
        Ok(())
    }

    fn fresh(&self, rate_hz: u32, format: Format) -> Result<Encoder, OpusError> {
        let encoder = Encoder::new(rate_hz, format)?;
        if let Some(choice) = &self.choice {
            encoder.expect_loss(choice.protection().expected_loss_percent);
        }
        Ok(encoder)
    }

    fn wanted(&self) -> Format {
        self.choice.as_ref().map_or(self.format, |choice| Format::Opus(choice.protection().mode))
    }
}

fn mode_of(format: Format) -> Option<Mode> {
    match format {
        Format::Opus(mode) => Some(mode),
        Format::Pcm16 | Format::Ulaw => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::opus::{Decoder, carries_fec};

    const RATE_HZ: u32 = 24_000;

    /// A buzz of 120 Hz with ten harmonics: shaped like a voice.
    fn buzz(frame: usize) -> Frame {
        let samples = RATE_HZ as usize / 50;
        let at = |i: usize| (frame * samples + i) as f32 / RATE_HZ as f32 * std::f32::consts::TAU;
        let value = |i: usize| (1..=10).map(|h| (at(i) * 120.0 * h as f32).sin() / h as f32).sum::<f32>();
        Frame { pcm: (0..samples).map(|i| (7000.0 * value(i)) as i16).collect(), rate_hz: RATE_HZ, share: None }
    }

    fn steepest(pcm: &[i16]) -> i32 {
        pcm.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max().unwrap_or(0)
    }

    /// Of 25 ms: three periods of the buzz.
    fn levels(pcm: &[i16]) -> Vec<f32> {
        let level = |part: &[i16]| (part.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / part.len() as f32).sqrt();
        pcm.windows(400).step_by(80).map(level).collect()
    }

    #[test]
    fn a_change_of_mode_neither_clicks_nor_drops_out_and_is_counted() {
        for first in [0.0, 0.1] {
            let (mut encoding, mut decoder, start) =
                (Encoding::new(Format::default()), Decoder::new().unwrap(), Instant::now());
            encoding.follow_link();
            let mut heard: Vec<i16> = Vec::new();
            encoding.hear(start, first);
            for frame in 0..100 {
                if frame == 50 {
                    let other = 0.1 - first;
                    encoding.hear(start, other);
                    encoding.hear(start + Duration::from_secs(11), other);
                }
                let packet = encoding.encode(&buzz(frame)).unwrap().to_vec();
                heard.extend_from_slice(decoder.decode(&packet).unwrap());
            }
            assert_eq!(1, encoding.mode_changes(), "the change must have happened");
            let (before, change) = (&heard[30 * 320..48 * 320], &heard[49 * 320..53 * 320]);
            let usual = levels(before);
            let (low, high) = usual.iter().fold((f32::MAX, 0.0_f32), |(low, high), l| (low.min(*l), high.max(*l)));
            let around = levels(change);
            assert!(around.iter().all(|l| (0.7 * low..1.15 * high).contains(l)), "{first}: {low}..{high}, then {around:?}");
            assert!(steepest(change) as f32 <= 1.15 * steepest(before) as f32, "{first}");
        }
    }

    #[test]
    fn packets_carry_the_last_frame_soon_after_a_change_to_robust() {
        let (mut encoding, start) = (Encoding::new(Format::default()), Instant::now());
        encoding.follow_link();
        (0..20).for_each(|frame| drop(encoding.encode(&buzz(frame)).map(<[u8]>::to_vec)));
        encoding.hear(start, 0.1);
        let fec: Vec<bool> = (20..30).map(|frame| carries_fec(encoding.encode(&buzz(frame)).unwrap())).collect();
        assert_eq!(vec![true; 8], fec[2..], "{fec:?}");
    }

    #[test]
    fn an_encoder_asked_for_by_name_stays() {
        let mut encoding = Encoding::new(Format::Opus(Mode::LowDelay));
        encoding.encode(&buzz(0)).unwrap();
        encoding.hear(Instant::now(), 0.5);
        assert!(!carries_fec(encoding.encode(&buzz(1)).unwrap()));
        assert_eq!((0, 0), (encoding.mode_changes(), encoding.copies()));
    }

    #[test]
    fn a_format_that_is_not_opus_has_nothing_to_choose() {
        let mut encoding = Encoding::new(Format::Ulaw);
        encoding.follow_link();
        encoding.hear(Instant::now(), 0.5);
        assert_eq!(160, encoding.encode(&buzz(0)).unwrap().len());
        assert_eq!(0, encoding.copies());
    }
}
