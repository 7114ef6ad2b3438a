//! A recording through the low-delay encoder at other settings than the core's, and back; no clock, no socket.
//!
//!     encoders RATE_HZ FILE.s16 OUT_FOLDER COMPLEXITY:BITRATE…
//!
//! Each line of output: setting, CPU microseconds per frame of 20 ms to encode and to decode, bits a second. What comes out is put into
//! OUT_FOLDER under the setting's name. For `benchmarks/encoder.py`.

mod cpu;

use std::ffi::c_int;
use std::ptr::NonNull;

use opusic_sys as sys;

use cpu::{Failure, timed};

const PACKET_BYTES: usize = 1275;

fn encode(rate_hz: i32, complexity: c_int, bitrate: c_int, pcm: &[i16]) -> Result<Vec<Vec<u8>>, Failure> {
    let (frame, mut error) = (rate_hz as usize / 50, 0);
    // SAFETY: `error` outlives the call; the state is used here only and freed once, below.
    let state = unsafe { sys::opus_encoder_create(rate_hz, 1, sys::OPUS_APPLICATION_RESTRICTED_LOWDELAY, &mut error) };
    let state = NonNull::new(state).ok_or_else(|| format!("libopus refused: {error}"))?;
    for (request, value) in [
        (sys::OPUS_SET_COMPLEXITY_REQUEST, complexity),
        (sys::OPUS_SET_BITRATE_REQUEST, bitrate),
        (sys::OPUS_SET_SIGNAL_REQUEST, sys::OPUS_SIGNAL_VOICE),
    ] {
        // SAFETY: the state is live; each of these requests takes one int by value.
        unsafe { sys::opus_encoder_ctl(state.as_ptr(), request, value) };
    }
    let mut buffer = [0; PACKET_BYTES];
    let packets = pcm.chunks_exact(frame).map(|samples| {
        // SAFETY: the state is live, and both buffers are described by their own lengths.
        let length = unsafe {
            sys::opus_encode(state.as_ptr(), samples.as_ptr(), frame as c_int, buffer.as_mut_ptr(), PACKET_BYTES as i32)
        };
        buffer[..usize::try_from(length).unwrap_or(0)].to_vec()
    });
    let packets = packets.collect();
    // SAFETY: created above, freed here only.
    unsafe { sys::opus_encoder_destroy(state.as_ptr()) };
    Ok(packets)
}

fn decode(rate_hz: i32, packets: &[Vec<u8>]) -> Result<Vec<i16>, Failure> {
    let mut error = 0;
    // SAFETY: as for the encoder.
    let state = unsafe { sys::opus_decoder_create(rate_hz, 1, &mut error) };
    let state = NonNull::new(state).ok_or_else(|| format!("libopus refused: {error}"))?;
    let (mut pcm, mut frame) = (Vec::new(), vec![0; rate_hz as usize / 50]);
    for packet in packets {
        // SAFETY: the state is live, and both buffers are described by their own lengths.
        let samples = unsafe {
            sys::opus_decode(state.as_ptr(), packet.as_ptr(), packet.len() as i32, frame.as_mut_ptr(), frame.len() as c_int, 0)
        };
        pcm.extend_from_slice(&frame[..usize::try_from(samples).unwrap_or(0)]);
    }
    // SAFETY: created above, freed here only.
    unsafe { sys::opus_decoder_destroy(state.as_ptr()) };
    Ok(pcm)
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rate, file, folder, settings @ ..] = arguments.as_slice() else { return Err("see the top of this file".into()) };
    let rate_hz: i32 = rate.parse()?;
    let pcm: Vec<i16> = std::fs::read(file)?.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    for setting in settings {
        let (complexity, bitrate) = setting.split_once(':').ok_or("a setting is COMPLEXITY:BITRATE")?;
        let (complexity, bitrate) = (complexity.parse()?, bitrate.parse()?);
        let (packets, encoding_us) = timed(|| encode(rate_hz, complexity, bitrate, &pcm))?;
        let (heard, decoding_us) = timed(|| decode(rate_hz, &packets))?;
        let (frames, bytes) = (packets.len() as f64, packets.iter().map(Vec::len).sum::<usize>());
        let bits = bytes as f64 * 8.0 * 50.0 / frames;
        println!("{setting} {:.2} {:.2} {bits:.0}", encoding_us / frames, decoding_us / frames);
        let bytes: Vec<u8> = heard.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        std::fs::write(format!("{folder}/{setting}.s16"), bytes)?;
    }
    Ok(())
}
