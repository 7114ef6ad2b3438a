//! G.711 mu-law, the telephone network's 8 kHz.

/// Added before the logarithm, so that its segments begin at zero (ITU-T G.711, table 2a; the names are Sun's).
const BIAS: i32 = 0x84;
const CLIP: i32 = 32_635;
/// What a telephone line says when it says nothing.
pub const SILENCE: u8 = 0xff;

pub fn decode(code: u8) -> i16 {
    let code = !code;
    let segment = u32::from((code >> 4) & 7);
    let magnitude = (((i32::from(code & 15) << 3) + BIAS) << segment) - BIAS;
    (if code & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

pub fn encode(sample: i16) -> u8 {
    let magnitude = i32::from(sample).abs().min(CLIP) + BIAS;
    let segment = 24 - (magnitude as u32).leading_zeros(); // the highest bit of a biased sample is bit 7 to 14
    let mantissa = (magnitude >> (segment + 3)) & 15;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | (segment << 4) as u8 | mantissa as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_standard_have_its_values() {
        // ITU-T G.711, table 2a and 2b, scaled from 14 to 16 bits.
        for (code, value) in [(0x80, 32_124), (0x00, -32_124), (0xff, 0), (0x7f, 0), (0x8f, 16_764), (0xf0, 120), (0x70, -120)]
        {
            assert_eq!(value, decode(code), "{code:#x}");
        }
    }

    #[test]
    fn every_code_survives_the_way_there_and_back() {
        for code in 0..=255 {
            let again = encode(decode(code));
            assert!(again == code || (code, again) == (0x7f, SILENCE), "{code:#x} became {again:#x}"); // there are two zeros
        }
    }

    #[test]
    fn the_error_is_a_small_part_of_every_sample() {
        for sample in i16::MIN..=i16::MAX {
            let error = (i32::from(decode(encode(sample))) - i32::from(sample)).abs();
            assert!(error <= i32::from(sample).abs() / 16 + 8 || i32::from(sample).abs() > CLIP, "{sample} is off by {error}");
        }
    }
}
