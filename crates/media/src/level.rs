//! How loud a packet is, as its header says (RFC 6464).

/// The quietest level the header can tell: digital silence.
const SILENCE: u8 = 127;

/// What the sender says about a packet: level in -dBov (0 loudest, 127 silence) and its own voice detector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelHint {
    pub below_full_db: Option<u8>,
    pub voice: Option<bool>,
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
    fn levels_are_told_in_decibels_below_full_scale() {
        assert_eq!(0, below_full_db(&[i16::MIN; 320]));
        assert_eq!(20, below_full_db(&[3_277; 320]));
        assert_eq!(90, below_full_db(&[1; 320]));
        assert_eq!(SILENCE, below_full_db(&[0; 320]));
        assert_eq!(SILENCE, below_full_db(&[]));
    }
}
