//! How a leg's audio travels, and the way to and from PCM.

use crate::g711;
use crate::opus::{self, HEARD_HZ, Mode, OpusError, RTP_HZ};
use crate::resample::Resampler;

/// The telephone network's rate.
const G711_HZ: u32 = 8_000;

/// What is in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Opus(Mode),
    /// 16-bit little-endian mono at 16 kHz.
    Pcm16,
    /// G.711 mu-law at 8 kHz.
    Ulaw,
}

impl Default for Format {
    fn default() -> Self {
        Self::Opus(Mode::default())
    }
}

impl Format {
    /// Length of a packet on the 48 kHz clock; None for one that cannot be of this format.
    pub fn duration_48k(self, payload: &[u8]) -> Option<u32> {
        let samples = payload.len() as u32;
        match self {
            Self::Opus(_) => opus::duration_48k(payload),
            Self::Pcm16 => (samples > 0 && samples.is_multiple_of(2)).then(|| samples / 2 * (RTP_HZ / HEARD_HZ)),
            Self::Ulaw => (samples > 0).then(|| samples * (RTP_HZ / G711_HZ)),
        }
    }

    /// Whether the packet carries a copy of the one before it.
    pub fn carries_fec(self, payload: &[u8]) -> bool {
        matches!(self, Self::Opus(_)) && opus::carries_fec(payload)
    }
}

/// Packets of one stream to 16 kHz mono.
pub enum Decoder {
    Opus(opus::Decoder),
    Pcm16(Vec<i16>),
    Ulaw { resampler: Resampler, narrow: Vec<i16>, pcm: Vec<i16> },
}

impl Decoder {
    pub fn new(format: Format) -> Result<Self, OpusError> {
        Ok(match format {
            Format::Opus(_) => Self::Opus(opus::Decoder::new()?),
            Format::Pcm16 => Self::Pcm16(Vec::new()),
            Format::Ulaw => Self::Ulaw { resampler: Resampler::new(G711_HZ, HEARD_HZ), narrow: Vec::new(), pcm: Vec::new() },
        })
    }

    /// The audio of one packet.
    pub fn decode(&mut self, payload: &[u8]) -> Result<&[i16], OpusError> {
        match self {
            Self::Opus(decoder) => decoder.decode(payload),
            Self::Pcm16(pcm) => {
                pcm.clear();
                pcm.extend(payload.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
                Ok(pcm)
            }
            Self::Ulaw { resampler, narrow, pcm } => {
                narrow.clear();
                narrow.extend(payload.iter().map(|code| g711::decode(*code)));
                pcm.clear();
                resampler.push(narrow, pcm);
                Ok(pcm)
            }
        }
    }

    /// The `samples` (16 kHz) before `next`, from the copy it may carry, else concealed.
    pub fn recover(&mut self, next: &[u8], samples: usize) -> Result<&[i16], OpusError> {
        match self {
            Self::Opus(decoder) => decoder.recover(next, samples),
            Self::Pcm16(_) | Self::Ulaw { .. } => self.conceal(samples),
        }
    }

    /// `samples` (16 kHz) of what may have been there. Formats that travel on streams lose nothing but whole stretches: silence.
    pub fn conceal(&mut self, samples: usize) -> Result<&[i16], OpusError> {
        match self {
            Self::Opus(decoder) => decoder.conceal(samples),
            Self::Pcm16(pcm) | Self::Ulaw { pcm, .. } => {
                pcm.clear();
                pcm.resize(samples, 0);
                Ok(pcm)
            }
        }
    }
}

/// 20 ms frames of PCM at one rate to packets.
pub enum Encoder {
    Opus(opus::Encoder),
    Plain(Plain),
}

/// Samples that are only brought to their rate and written down.
pub struct Plain {
    ulaw: bool,
    rate_hz: u32,
    resampler: Option<Resampler>,
    pcm: Vec<i16>,
    packet: Vec<u8>,
}

impl Encoder {
    /// `rate_hz` is that of the frames: one of 8000, 12000, 16000, 24000, 48000.
    pub fn new(rate_hz: u32, format: Format) -> Result<Self, OpusError> {
        let (ulaw, to_hz) = match format {
            Format::Opus(mode) => return Ok(Self::Opus(opus::Encoder::new(rate_hz, mode)?)),
            Format::Pcm16 => (false, HEARD_HZ),
            Format::Ulaw => (true, G711_HZ),
        };
        let resampler = (rate_hz != to_hz).then(|| Resampler::new(rate_hz, to_hz));
        Ok(Self::Plain(Plain { ulaw, rate_hz, resampler, pcm: Vec::new(), packet: Vec::new() }))
    }

    pub fn rate_hz(&self) -> u32 {
        match self {
            Self::Opus(encoder) => encoder.rate_hz(),
            Self::Plain(plain) => plain.rate_hz,
        }
    }

    /// None for a format that has none.
    pub fn mode(&self) -> Option<Mode> {
        match self {
            Self::Opus(encoder) => Some(encoder.mode()),
            Self::Plain(_) => None,
        }
    }

    /// Expect this share of loss.
    pub fn expect_loss(&self, percent: u8) {
        if let Self::Opus(encoder) = self {
            encoder.expect_loss(percent);
        }
    }

    /// Go on where another encoder stopped; `before` is the last frame it encoded.
    pub fn take_over(&mut self, before: &[i16]) -> Result<(), OpusError> {
        match self {
            Self::Opus(encoder) => encoder.take_over(before),
            Self::Plain(_) => Ok(()),
        }
    }

    /// The next packet can be decoded whatever came before it.
    pub fn lean_on_nothing(&mut self) -> Result<(), OpusError> {
        match self {
            Self::Opus(encoder) => encoder.lean_on_nothing(),
            Self::Plain(_) => Ok(()),
        }
    }

    /// One packet for one frame.
    pub fn encode(&mut self, pcm: &[i16]) -> Result<&[u8], OpusError> {
        match self {
            Self::Opus(encoder) => encoder.encode(pcm),
            Self::Plain(plain) => Ok(plain.encode(pcm)),
        }
    }
}

impl Plain {
    fn encode(&mut self, pcm: &[i16]) -> &[u8] {
        self.pcm.clear();
        match &mut self.resampler {
            Some(resampler) => resampler.push(pcm, &mut self.pcm),
            None => self.pcm.extend_from_slice(pcm),
        }
        self.packet.clear();
        if self.ulaw {
            self.packet.extend(self.pcm.iter().map(|sample| g711::encode(*sample)));
        } else {
            self.packet.extend(self.pcm.iter().flat_map(|sample| sample.to_le_bytes()));
        }
        &self.packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATS: [Format; 4] = [Format::Opus(Mode::LowDelay), Format::Opus(Mode::Robust), Format::Pcm16, Format::Ulaw];

    fn tone(rate_hz: u32, frame: usize) -> Vec<i16> {
        let samples = rate_hz as usize / 50;
        let at = |i: usize| (frame * samples + i) as f32 / rate_hz as f32;
        (0..samples).map(|i| (8000.0 * (at(i) * 440.0 * std::f32::consts::TAU).sin()) as i16).collect()
    }

    #[test]
    fn a_tone_survives_every_format_at_every_rate_in_20_ms_packets() {
        for format in FORMATS {
            for rate_hz in [8_000, 12_000, 16_000, 24_000, 48_000] {
                let (mut encoder, mut decoder) =
                    (Encoder::new(rate_hz, format).expect("made"), Decoder::new(format).expect("made"));
                let mut energy = 0.0;
                for frame in 0..25 {
                    let packet = encoder.encode(&tone(rate_hz, frame)).expect("encoded").to_vec();
                    assert_eq!(Some(960), format.duration_48k(&packet));
                    let pcm = decoder.decode(&packet).expect("decoded");
                    assert_eq!(320, pcm.len());
                    energy = pcm.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>() / 320.0;
                }
                assert!((4_500.0..6_800.0).contains(&energy.sqrt()), "{format:?} at {rate_hz}: {}", energy.sqrt());
            }
        }
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for format in FORMATS {
            assert_eq!(None, format.duration_48k(&[]));
        }
        assert_eq!(None, Format::Pcm16.duration_48k(&[1, 2, 3]));
    }

    #[test]
    fn what_is_missing_is_made_up_in_its_length() {
        for format in FORMATS {
            let (mut encoder, mut decoder) = (Encoder::new(16_000, format).expect("made"), Decoder::new(format).expect("made"));
            let next = encoder.encode(&tone(16_000, 0)).expect("encoded").to_vec();
            assert_eq!(320, decoder.conceal(320).expect("concealed").len());
            assert_eq!(320, decoder.recover(&next, 320).expect("recovered").len());
        }
    }
}
