//! libopus, safely: one decoder straight to 16 kHz mono, one encoder for the agent's voice.

use std::ffi::c_int;
use std::ptr::NonNull;

use opusic_sys as sys;

/// The rate at which the caller is heard. Decoding to it costs 14 us a frame against 19 us to 48 kHz, and saves a resampler.
pub const HEARD_HZ: u32 = 16_000;
/// The RTP clock of Opus, whatever the audio's own rate (RFC 7587 4.1).
pub const RTP_HZ: u32 = 48_000;
/// Longest packet: 120 ms (RFC 6716 2.1.4), at 16 kHz.
const LONGEST_FRAME: usize = 1920;
/// Longest packet we write: 20 ms at 64 kbps are about 160 bytes; libopus stays below this at any setting used here.
const LARGEST_PACKET: usize = 1275;

/// libopus refused; the code is one of `opus_defines.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusError(pub i32);

/// Samples per channel of a packet on the 48 kHz RTP clock; None for a malformed one.
pub fn duration_48k(payload: &[u8]) -> Option<u32> {
    let length = i32::try_from(payload.len()).ok()?;
    // SAFETY: pointer and length describe one live slice; libopus only reads it.
    let samples = unsafe { sys::opus_packet_get_nb_samples(payload.as_ptr(), length, RTP_HZ as i32) };
    u32::try_from(samples).ok().filter(|samples| *samples > 0)
}

/// Whether the packet carries a coarse copy of the one before it (in-band FEC). CELT never does.
pub fn carries_fec(payload: &[u8]) -> bool {
    let Ok(length) = i32::try_from(payload.len()) else { return false };
    // SAFETY: pointer and length describe one live slice; libopus only reads it.
    length > 0 && unsafe { sys::opus_packet_has_lbrr(payload.as_ptr(), length) } == 1
}

/// Decodes one stream to 16 kHz mono.
pub struct Decoder {
    state: NonNull<sys::OpusDecoder>,
    pcm: Box<[i16; LONGEST_FRAME]>,
}

// SAFETY: the state has one owner and libopus keeps no thread-local data.
unsafe impl Send for Decoder {}

impl Decoder {
    pub fn new() -> Result<Self, OpusError> {
        let mut error: c_int = 0;
        // SAFETY: `error` outlives the call; the returned state is owned here and freed once, in `drop`.
        let state = unsafe { sys::opus_decoder_create(HEARD_HZ as i32, 1, &mut error) };
        let state = NonNull::new(state).ok_or(OpusError(error))?;
        Ok(Self { state, pcm: Box::new([0; LONGEST_FRAME]) })
    }

    /// The audio of one packet.
    pub fn decode(&mut self, payload: &[u8]) -> Result<&[i16], OpusError> {
        self.run(Some(payload), LONGEST_FRAME, false)
    }

    /// The `samples` (16 kHz) before `next`, from its in-band copy if it carries one, else concealed.
    pub fn recover(&mut self, next: &[u8], samples: usize) -> Result<&[i16], OpusError> {
        self.run(Some(next), samples.min(LONGEST_FRAME), true)
    }

    /// `samples` (16 kHz) of concealment.
    pub fn conceal(&mut self, samples: usize) -> Result<&[i16], OpusError> {
        self.run(None, samples.min(LONGEST_FRAME), false)
    }

    fn run(&mut self, payload: Option<&[u8]>, samples: usize, fec: bool) -> Result<&[i16], OpusError> {
        let (data, length) = payload.map_or((std::ptr::null(), 0), |bytes| (bytes.as_ptr(), bytes.len() as i32));
        // SAFETY: `data` and `length` describe a live slice or nothing; `pcm` holds at least `samples`.
        let decoded = unsafe {
            sys::opus_decode(self.state.as_ptr(), data, length, self.pcm.as_mut_ptr(), samples as c_int, c_int::from(fec))
        };
        if decoded < 0 { Err(OpusError(decoded)) } else { Ok(&self.pcm[..decoded as usize]) }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: created by `opus_decoder_create`, freed here only.
        unsafe { sys::opus_decoder_destroy(self.state.as_ptr()) }
    }
}

/// How the agent's voice is encoded (reference: media core, section 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// CELT only, 64 kbps: a fifth of the CPU and 4 ms less delay; for good links.
    #[default]
    LowDelay,
    /// VOIP, 24 kbps with in-band FEC: half the bits, survives loss; for mobile networks.
    Robust,
}

/// What libopus does for its bits, and how many it has. Bits are cheaper than care in CELT: at complexity 0 and 64 kbps it sounds
/// better than at 6 and 48, in 57 % of the time (docs/decisions/0006).
const LOW_DELAY: (c_int, c_int) = (0, 64_000);
/// Complexity 6 costs what 5 does since libopus 1.6 (its quantiser is vectorised from 6 on); 7 costs a tenth more.
const ROBUST: (c_int, c_int) = (6, 24_000);
/// What the FEC bits of `Mode::Robust` are sized for until the far end reports.
const EXPECTED_LOSS_PERCENT: c_int = 10;

/// Encodes 20 ms frames of mono PCM at one rate.
pub struct Encoder {
    state: NonNull<sys::OpusEncoder>,
    rate_hz: u32,
    mode: Mode,
    /// Its next packet leans on nothing before it.
    independent: bool,
    packet: Box<[u8; LARGEST_PACKET]>,
}

// SAFETY: as for the decoder.
unsafe impl Send for Encoder {}

impl Encoder {
    /// `rate_hz` is one of 8000, 12000, 16000, 24000, 48000.
    pub fn new(rate_hz: u32, mode: Mode) -> Result<Self, OpusError> {
        let application = match mode {
            Mode::LowDelay => sys::OPUS_APPLICATION_RESTRICTED_LOWDELAY,
            Mode::Robust => sys::OPUS_APPLICATION_VOIP,
        };
        let mut error: c_int = 0;
        // SAFETY: as for the decoder.
        let state = unsafe { sys::opus_encoder_create(rate_hz as i32, 1, application, &mut error) };
        let state = NonNull::new(state).ok_or(OpusError(error))?;
        let encoder = Self { state, rate_hz, mode, independent: false, packet: Box::new([0; LARGEST_PACKET]) };
        encoder.configure(mode)?;
        Ok(encoder)
    }

    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Size the in-band copies for this share of loss; `Mode::LowDelay` has none.
    pub fn expect_loss(&self, percent: u8) {
        if self.mode == Mode::Robust {
            let _ = self.set(sys::OPUS_SET_PACKET_LOSS_PERC_REQUEST, c_int::from(percent)); // refused above 100 only
        }
    }

    /// Go on where another encoder stopped, `before` being the last frame it encoded: without it the first 2.5 or 6.5 ms of the
    /// next frame would be silent (the encoder's lookahead), and with it but predicting from it, the far end, whose decoder did
    /// not see it, would hear the next frames at a tenth of their level (measured).
    pub fn take_over(&mut self, before: &[i16]) -> Result<(), OpusError> {
        self.lean_on_nothing()?;
        self.encode(before)?;
        self.lean_on_nothing()
    }

    /// The next packet can be decoded whatever came before it.
    pub fn lean_on_nothing(&mut self) -> Result<(), OpusError> {
        self.independent = true;
        self.set(sys::OPUS_SET_PREDICTION_DISABLED_REQUEST, 1)
    }

    fn configure(&self, mode: Mode) -> Result<(), OpusError> {
        let (complexity, bitrate) = match mode {
            Mode::LowDelay => LOW_DELAY,
            Mode::Robust => ROBUST,
        };
        self.set(sys::OPUS_SET_COMPLEXITY_REQUEST, complexity)?;
        self.set(sys::OPUS_SET_BITRATE_REQUEST, bitrate)?;
        self.set(sys::OPUS_SET_SIGNAL_REQUEST, sys::OPUS_SIGNAL_VOICE)?;
        match mode {
            Mode::LowDelay => Ok(()),
            Mode::Robust => {
                self.set(sys::OPUS_SET_INBAND_FEC_REQUEST, 1)?;
                self.set(sys::OPUS_SET_PACKET_LOSS_PERC_REQUEST, EXPECTED_LOSS_PERCENT)
            }
        }
    }

    fn set(&self, request: c_int, value: c_int) -> Result<(), OpusError> {
        // SAFETY: every request used here takes one int by value.
        let status = unsafe { sys::opus_encoder_ctl(self.state.as_ptr(), request, value) };
        if status == sys::OPUS_OK { Ok(()) } else { Err(OpusError(status)) }
    }

    /// One packet for one 20 ms frame.
    pub fn encode(&mut self, pcm: &[i16]) -> Result<&[u8], OpusError> {
        debug_assert_eq!(pcm.len(), self.rate_hz as usize / 50);
        // SAFETY: both buffers are live and described by their own lengths.
        let written = unsafe {
            sys::opus_encode(
                self.state.as_ptr(),
                pcm.as_ptr(),
                pcm.len() as c_int,
                self.packet.as_mut_ptr(),
                LARGEST_PACKET as i32,
            )
        };
        if std::mem::take(&mut self.independent) {
            self.set(sys::OPUS_SET_PREDICTION_DISABLED_REQUEST, 0)?;
        }
        if written < 0 { Err(OpusError(written)) } else { Ok(&self.packet[..written as usize]) }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: created by `opus_encoder_create`, freed here only.
        unsafe { sys::opus_encoder_destroy(self.state.as_ptr()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, frame: usize) -> Vec<i16> {
        let samples = rate_hz as usize / 50;
        (0..samples)
            .map(|i| {
                let t = (frame * samples + i) as f32 / rate_hz as f32;
                (8000.0 * (t * 440.0 * std::f32::consts::TAU).sin()) as i16
            })
            .collect()
    }

    fn level(pcm: &[i16]) -> f32 {
        (pcm.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / pcm.len() as f32).sqrt()
    }

    #[test]
    fn a_tone_survives_both_modes_at_every_rate() {
        for mode in [Mode::LowDelay, Mode::Robust] {
            for rate_hz in [8_000, 16_000, 24_000, 48_000] {
                let mut encoder = Encoder::new(rate_hz, mode).unwrap();
                let mut decoder = Decoder::new().unwrap();
                let mut last = 0.0;
                for frame in 0..25 {
                    let packet = encoder.encode(&tone(rate_hz, frame)).unwrap().to_vec();
                    assert_eq!(Some(960), duration_48k(&packet));
                    let pcm = decoder.decode(&packet).unwrap();
                    assert_eq!(320, pcm.len());
                    last = level(pcm);
                }
                assert!((4500.0..6800.0).contains(&last), "{mode:?} at {rate_hz}: level {last}");
            }
        }
    }

    #[test]
    fn garbage_is_an_error_and_not_a_crash() {
        let mut decoder = Decoder::new().unwrap();
        for seed in 0..2000_u32 {
            let bytes: Vec<u8> =
                (0..seed % 97).map(|i| (seed.wrapping_mul(2_654_435_761).wrapping_add(i * 40_503) >> 7) as u8).collect();
            let _ = decoder.decode(&bytes);
        }
        assert!(decoder.conceal(320).is_ok());
    }

    #[test]
    fn a_lost_voip_packet_is_recovered_from_the_next() {
        let mut encoder = Encoder::new(16_000, Mode::Robust).unwrap();
        let packets: Vec<Vec<u8>> = (0..40).map(|f| encoder.encode(&tone(16_000, f)).unwrap().to_vec()).collect();
        let mut decoder = Decoder::new().unwrap();
        for packet in &packets[..30] {
            decoder.decode(packet).unwrap();
        }
        let recovered = decoder.recover(&packets[31], 320).unwrap();
        assert_eq!(320, recovered.len());
        assert!(level(recovered) > 3000.0, "level {}", level(recovered));
    }
}
