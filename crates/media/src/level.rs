//! How loud a packet is, as its header says (RFC 6464).

use str0m::rtp::ExtensionValues;

/// The quietest level the header can tell: digital silence.
pub const SILENCE: u8 = 127;

/// What the sender says about a packet: level in -dBov (0 loudest, 127 silence) and its own voice detector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelHint {
    pub below_full_db: Option<u8>,
    pub voice: Option<bool>,
}

/// What a packet's header tells.
pub fn told(header: &ExtensionValues) -> LevelHint {
    LevelHint { below_full_db: header.audio_level.map(i8::unsigned_abs), voice: header.voice_activity }
}

/// Chromium sets the voice bit on every packet, on those of digital silence too (measured, 156): a bit that was never clear says
/// nothing.
#[derive(Debug, Default)]
pub struct VoiceBit {
    was_clear: bool,
}

impl VoiceBit {
    /// The hint, without a voice bit that means nothing.
    pub fn believe(&mut self, hint: LevelHint) -> LevelHint {
        self.was_clear |= hint.voice == Some(false);
        LevelHint { voice: hint.voice.filter(|_| self.was_clear), ..hint }
    }
}

/// What we tell, the voice bit set on every packet as Chromium does.
pub fn header(below_full_db: u8) -> ExtensionValues {
    ExtensionValues { audio_level: Some(-(below_full_db as i8)), voice_activity: Some(true), ..ExtensionValues::default() }
}

/// The level of a frame in -dBov: its root mean square beside the largest a sample can be.
pub fn below_full_db(pcm: &[i16]) -> u8 {
    let energy: f32 = pcm.iter().map(|sample| f32::from(*sample).powi(2)).sum();
    let mean = energy / pcm.len().max(1) as f32;
    let below = -10.0 * (mean / (32_768.0 * 32_768.0)).log10();
    below.clamp(0.0, f32::from(SILENCE)).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_bit_counts_once_it_was_clear() {
        let mut bit = VoiceBit::default();
        let says = |voice| LevelHint { below_full_db: Some(30), voice };
        assert_eq!(says(None), bit.believe(says(None)));
        assert_eq!(says(None), bit.believe(says(Some(true))));
        assert_eq!(says(Some(false)), bit.believe(says(Some(false))));
        assert_eq!(says(Some(true)), bit.believe(says(Some(true))));
    }

    #[test]
    fn levels_are_told_in_decibels_below_full_scale() {
        assert_eq!(0, below_full_db(&[i16::MIN; 320]));
        assert_eq!(20, below_full_db(&[3_277; 320]));
        assert_eq!(90, below_full_db(&[1; 320]));
        assert_eq!(SILENCE, below_full_db(&[0; 320]));
        assert_eq!(SILENCE, below_full_db(&[]));
    }
}
