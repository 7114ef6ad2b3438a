//! The agent's encoder: made for the rate of what is played, changed between two frames when the link asks for another.

use std::time::Instant;

use crate::clip::{Course, Source};
use crate::codec::{Encoder, Format};
use crate::level::below_full_db;
use crate::opus::{Mode, OpusError};
use crate::playout::Frame;
use crate::protection::Choice;

/// Encodes frames in the leg's format, protected as the link needs.
pub struct Encoding {
    format: Format,
    /// None if the format was asked for by name.
    choice: Option<Choice>,
    encoder: Option<Encoder>,
    course: Course,
    /// The mode of the last packet, if it was not of our encoder's making.
    borrowed: Option<Mode>,
    /// The last frame and its rate, for an encoder that takes over.
    before: Vec<i16>,
    before_hz: Option<u32>,
    mode_changes: u64,
    shared: u64,
}

impl Encoding {
    pub fn new(format: Format) -> Self {
        Self {
            format,
            choice: None,
            encoder: None,
            course: Course::default(),
            borrowed: None,
            before: Vec::new(),
            before_hz: None,
            mode_changes: 0,
            shared: 0,
        }
    }

    /// From now on encode in this format; a choice that was made of one does not hold for another.
    pub fn change_format(&mut self, format: Format) {
        *self = Self { mode_changes: self.mode_changes, shared: self.shared, ..Self::new(format) };
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

    /// Packets that another leg had encoded.
    pub fn shared(&self) -> u64 {
        self.shared
    }

    /// The rate of the last frame.
    pub fn rate_hz(&self) -> Option<u32> {
        self.before_hz
    }

    /// One packet for one frame, into `packet`; its level in -dBov.
    pub fn encode(&mut self, frame: &Frame, packet: &mut Vec<u8>) -> Result<u8, OpusError> {
        packet.clear();
        let source = self.course.advance(frame.piece.clone().zip(self.sharable()));
        if let Source::Clip(piece, mode) = &source
            && let Some(packed) = piece.clip.packet(piece.frame, *mode)
        {
            packet.extend_from_slice(&packed.payload);
            (self.borrowed, self.shared) = (Some(*mode), self.shared + 1);
            self.remember(frame);
            return Ok(packed.below_full_db);
        }
        self.prepare(frame.rate_hz, matches!(source, Source::Afresh))?;
        let below_full_db = below_full_db(&frame.pcm);
        packet.extend_from_slice(self.encoder.as_mut().ok_or(OpusError(0))?.encode(&frame.pcm)?);
        self.course.keep(packet, below_full_db);
        self.remember(frame);
        Ok(below_full_db)
    }

    fn remember(&mut self, frame: &Frame) {
        self.before.clear();
        self.before.extend_from_slice(&frame.pcm);
        self.before_hz = Some(frame.rate_hz);
    }

    /// An encoder for this rate, that goes on where the last packet ended; `afresh` without leaning on it.
    fn prepare(&mut self, rate_hz: u32, afresh: bool) -> Result<(), OpusError> {
        let format = self.wanted();
        let mode = mode_of(format);
        let goes_on = self.before_hz == Some(rate_hz);
        let fits = self.encoder.as_ref().is_some_and(|encoder| encoder.rate_hz() == rate_hz && encoder.mode() == mode);
        let borrowed = std::mem::take(&mut self.borrowed);
        if !fits {
            let before = if borrowed.is_some() { Some(borrowed) } else { self.encoder.as_ref().map(Encoder::mode) };
            self.mode_changes += u64::from(goes_on && before.is_some_and(|before| before != mode));
            self.encoder = Some(self.fresh(rate_hz, format)?);
        }
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        if (borrowed.is_some() || !fits) && goes_on {
            encoder.take_over(&self.before)
        } else if afresh || borrowed.is_some() {
            encoder.lean_on_nothing()
        } else {
            Ok(())
        }
    }

    fn fresh(&self, rate_hz: u32, format: Format) -> Result<Encoder, OpusError> {
        let encoder = Encoder::new(rate_hz, format)?;
        if let Some(choice) = &self.choice {
            encoder.expect_loss(choice.protection().expected_loss_percent);
        }
        Ok(encoder)
    }

    /// The mode in which what is encoded here is like any other leg's: the robust one follows its own link's loss, if it may.
    fn sharable(&self) -> Option<Mode> {
        mode_of(self.wanted()).filter(|mode| *mode == Mode::LowDelay || self.choice.is_none())
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
    use crate::clip::{Clip, Sound};
    use crate::opus::{Decoder, carries_fec};

    const RATE_HZ: u32 = 24_000;

    /// A buzz of 120 Hz with ten harmonics: shaped like a voice.
    fn buzz(frame: usize) -> Frame {
        let samples = RATE_HZ as usize / 50;
        let at = |i: usize| (frame * samples + i) as f32 / RATE_HZ as f32 * std::f32::consts::TAU;
        let value = |i: usize| (1..=10).map(|h| (at(i) * 120.0 * h as f32).sin() / h as f32).sum::<f32>();
        Frame { pcm: (0..samples).map(|i| (7000.0 * value(i)) as i16).collect(), rate_hz: RATE_HZ, share: None, piece: None }
    }

    fn encode(encoding: &mut Encoding, frame: &Frame) -> Vec<u8> {
        let mut packet = Vec::new();
        encoding.encode(frame, &mut packet).unwrap();
        packet
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
                let packet = encode(&mut encoding, &buzz(frame));
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
        (0..20).for_each(|frame| drop(encode(&mut encoding, &buzz(frame))));
        encoding.hear(start, 0.1);
        let fec: Vec<bool> = (20..30).map(|frame| carries_fec(&encode(&mut encoding, &buzz(frame)))).collect();
        assert_eq!(vec![true; 8], fec[2..], "{fec:?}");
    }

    #[test]
    fn an_encoder_asked_for_by_name_stays() {
        let mut encoding = Encoding::new(Format::Opus(Mode::LowDelay));
        encode(&mut encoding, &buzz(0));
        encoding.hear(Instant::now(), 0.5);
        assert!(!carries_fec(&encode(&mut encoding, &buzz(1))));
        assert_eq!((0, 0), (encoding.mode_changes(), encoding.copies()));
    }

    #[test]
    fn a_format_that_is_not_opus_has_nothing_to_choose() {
        let mut encoding = Encoding::new(Format::Ulaw);
        encoding.follow_link();
        encoding.hear(Instant::now(), 0.5);
        assert_eq!(160, encode(&mut encoding, &buzz(0)).len());
        assert_eq!(0, encoding.copies());
    }

    /// Syllables of the buzz, four a second, between 60 ms of silence: what a clause looks like. 25 frames.
    fn clause() -> Clip {
        let samples = RATE_HZ as usize / 50;
        let shape = |i: usize| if (3 * samples..22 * samples).contains(&i) { (i as f32 / 3_000.0).sin().abs() } else { 0.0 };
        let pcm = (0..25).flat_map(|frame| buzz(frame).pcm).enumerate();
        Clip::new(pcm.map(|(i, sample)| (f32::from(sample) * shape(i)) as i16).collect(), RATE_HZ)
    }

    fn frames(sound: &Sound) -> Vec<Frame> {
        let samples = RATE_HZ as usize / 50;
        let frame = |n: usize| Frame {
            pcm: sound[n * samples..(n + 1) * samples].to_vec(),
            rate_hz: RATE_HZ,
            share: None,
            piece: sound.piece(n * samples),
        };
        (0..sound.len() / samples).map(frame).collect()
    }

    /// What a far end hears of these frames.
    fn heard(encoding: &mut Encoding, frames: &[Frame]) -> Vec<i16> {
        let mut decoder = Decoder::new().unwrap();
        frames.iter().flat_map(|frame| decoder.decode(&encode(encoding, frame)).unwrap().to_vec()).collect()
    }

    /// How much of it is not what the other is, in decibels.
    fn noise_db(pcm: &[i16], other: &[i16]) -> f32 {
        let power = |of: &mut dyn Iterator<Item = f32>| of.map(|s| s * s).sum::<f32>().max(1.0);
        let difference = power(&mut pcm.iter().zip(other).map(|(a, b)| f32::from(*a) - f32::from(*b)));
        10.0 * (difference / power(&mut other.iter().map(|s| f32::from(*s)))).log10()
    }

    /// A leg whose encoder is asked for by name shares its packets in that mode; how much of what is heard differs then, in decibels.
    fn shared_beside_alone(mode: Mode) -> (Vec<f32>, i32, i32) {
        let format = Format::Opus(mode);
        let clip = Sound::Shared(std::sync::Arc::new(clause()));
        heard(&mut Encoding::new(format), &frames(&clip));
        let own = Sound::Own(clip.to_vec());
        let around = |sound: &Sound| -> Vec<Frame> {
            let buzz = |range: std::ops::Range<usize>| range.map(buzz).collect::<Vec<_>>();
            [buzz(0..20), frames(sound), frames(sound), buzz(20..40), frames(sound)].into_iter().flatten().collect()
        };
        let mut sharing = Encoding::new(format);
        let (shared, alone) = (heard(&mut sharing, &around(&clip)), heard(&mut Encoding::new(format), &around(&own)));
        assert_eq!(75, sharing.shared(), "every frame of it came from the other leg");
        // The first frame of each stretch leans on nothing, which costs it some precision and nothing after it.
        let noise = [0..20, 21..45, 46..70, 71..90, 91..115].map(|stretch| {
            let samples = stretch.start * 320..stretch.end * 320;
            noise_db(&shared[samples.clone()], &alone[samples])
        });
        (noise.to_vec(), steepest(&shared), steepest(&alone))
    }

    #[test]
    fn a_clip_encoded_by_another_leg_sounds_as_if_encoded_here_whatever_is_around_it() {
        for (mode, quiet) in [(Mode::LowDelay, -20.0), (Mode::Robust, -6.0)] {
            let (noise, shared, alone) = shared_beside_alone(mode);
            assert!(noise.iter().all(|noise| *noise < quiet), "{mode:?}: {noise:?} dB");
            assert!(f64::from(shared) <= 1.05 * f64::from(alone), "{mode:?}: a click");
        }
    }

    #[test]
    fn who_stops_in_the_middle_of_a_clip_goes_on_in_its_own_voice() {
        let clip = Sound::Shared(std::sync::Arc::new(clause()));
        heard(&mut Encoding::new(Format::default()), &frames(&clip));
        let mut stopping = frames(&clip);
        stopping.iter_mut().skip(10).for_each(|frame| frame.piece = None); // a fade, and what follows it
        let mut sharing = Encoding::new(Format::default());
        let shared = heard(&mut sharing, &stopping);
        assert_eq!(10, sharing.shared());
        let alone = heard(&mut Encoding::new(Format::default()), &frames(&Sound::Own(clip.to_vec())));
        assert!(noise_db(&shared[10 * 320..], &alone[10 * 320..]) < -12.0);
        assert!(steepest(&shared) as f32 <= 1.05 * steepest(&alone) as f32, "a click");
    }

    #[test]
    fn a_link_that_loses_gets_its_own_packets_with_copies_in_them_even_of_a_clip() {
        let clip = Sound::Shared(std::sync::Arc::new(clause()));
        heard(&mut Encoding::new(Format::default()), &frames(&clip));
        let mut encoding = Encoding::new(Format::default());
        encoding.follow_link();
        encoding.hear(Instant::now(), 0.1);
        let with_copies = frames(&clip).iter().filter(|frame| carries_fec(&encode(&mut encoding, frame))).count();
        assert_eq!(0, encoding.shared());
        assert!(with_copies > 10, "{with_copies}");
    }

    #[test]
    fn a_change_of_mode_in_the_middle_of_a_clip_is_counted_although_no_encoder_ran_before() {
        let clip = Sound::Shared(std::sync::Arc::new(clause()));
        heard(&mut Encoding::new(Format::default()), &frames(&clip));
        let mut encoding = Encoding::new(Format::default());
        encoding.follow_link();
        let (first, rest) = frames(&clip).split_at_checked(10).map(|(a, b)| (a.to_vec(), b.to_vec())).unwrap();
        first.iter().for_each(|frame| drop(encode(&mut encoding, frame)));
        encoding.hear(Instant::now(), 0.1);
        rest.iter().for_each(|frame| drop(encode(&mut encoding, frame)));
        assert_eq!((10, 1), (encoding.shared(), encoding.mode_changes()));
    }
}
