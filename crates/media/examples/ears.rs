//! Clips through Opus as a browser encodes its microphone, and through the core's decoder; no clock, no socket.
//!
//!     ears BANDWIDTH:BITRATE OUT_FOLDER CLIP.pcm…     (48 kHz mono int16; BANDWIDTH is `fullband` or `wideband`)
//!
//! Output, on one line: CPU microseconds to decode 20 ms, bits a second, and for each configuration that was used (RFC 6716 3.1) its
//! number and its packets, as `16:250`. What is heard, 16 kHz, is put into OUT_FOLDER under the clip's name. For `benchmarks/ears.py`.

mod cpu;

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::path::Path;
use std::ptr::NonNull;

use media::opus::Decoder;
use opusic_sys as sys;

use cpu::{Failure, timed};

const CAPTURED_HZ: i32 = 48_000;
const FRAME: usize = 960;
const PACKET_BYTES: usize = 1275;
/// What Chromium asks of libopus on a desktop.
const COMPLEXITY: c_int = 9;

struct Setting {
    bandwidth: c_int,
    bitrate: c_int,
}

impl Setting {
    fn read(text: &str) -> Result<Self, Failure> {
        let (bandwidth, bitrate) = text.split_once(':').ok_or("a setting is BANDWIDTH:BITRATE")?;
        let bandwidth = match bandwidth {
            "fullband" => sys::OPUS_BANDWIDTH_FULLBAND,
            "wideband" => sys::OPUS_BANDWIDTH_WIDEBAND,
            _ => return Err(format!("{bandwidth} is neither fullband nor wideband").into()),
        };
        Ok(Self { bandwidth, bitrate: bitrate.parse()? })
    }

    /// The packets of one clip.
    fn encode(&self, pcm: &[i16]) -> Result<Vec<Vec<u8>>, Failure> {
        let mut error = 0;
        // SAFETY: `error` outlives the call; the state is used here only and freed once, below.
        let state = unsafe { sys::opus_encoder_create(CAPTURED_HZ, 1, sys::OPUS_APPLICATION_VOIP, &mut error) };
        let state = NonNull::new(state).ok_or_else(|| format!("libopus refused: {error}"))?;
        for (request, value) in [
            (sys::OPUS_SET_COMPLEXITY_REQUEST, COMPLEXITY),
            (sys::OPUS_SET_BITRATE_REQUEST, self.bitrate),
            (sys::OPUS_SET_MAX_BANDWIDTH_REQUEST, self.bandwidth),
            (sys::OPUS_SET_INBAND_FEC_REQUEST, 1),
        ] {
            // SAFETY: the state is live; each of these requests takes one int by value.
            unsafe { sys::opus_encoder_ctl(state.as_ptr(), request, value) };
        }
        let mut buffer = [0; PACKET_BYTES];
        let packets = pcm.chunks_exact(FRAME).map(|samples| {
            // SAFETY: the state is live, and both buffers are described by their own lengths.
            let length = unsafe {
                let (from, to) = (samples.as_ptr(), buffer.as_mut_ptr());
                sys::opus_encode(state.as_ptr(), from, FRAME as c_int, to, PACKET_BYTES as i32)
            };
            buffer[..usize::try_from(length).unwrap_or(0)].to_vec()
        });
        let packets = packets.collect();
        // SAFETY: created above, freed here only.
        unsafe { sys::opus_encoder_destroy(state.as_ptr()) };
        Ok(packets)
    }
}

fn decode(packets: &[Vec<u8>]) -> Result<Vec<i16>, Failure> {
    let refused = |error| format!("libopus refused: {error:?}");
    let mut decoder = Decoder::new().map_err(refused)?;
    let mut heard = Vec::new();
    for packet in packets {
        heard.extend_from_slice(decoder.decode(packet).map_err(refused)?);
    }
    Ok(heard)
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [setting, folder, clips @ ..] = arguments.as_slice() else { return Err("see the top of this file".into()) };
    let setting = Setting::read(setting)?;
    let (mut frames, mut bytes, mut us) = (0, 0, 0.0);
    let mut configurations = BTreeMap::<u8, usize>::new();
    for clip in clips {
        let pcm: Vec<i16> = std::fs::read(clip)?.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        let packets = setting.encode(&pcm)?;
        let (heard, decoding_us) = timed(|| decode(&packets))?;
        frames += packets.len();
        bytes += packets.iter().map(Vec::len).sum::<usize>();
        us += decoding_us;
        for packet in &packets {
            let first = packet.first().ok_or("libopus refused to encode")?;
            *configurations.entry(first >> 3).or_default() += 1;
        }
        let heard: Vec<u8> = heard.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        std::fs::write(Path::new(folder).join(Path::new(clip).file_name().ok_or("a clip has a name")?), heard)?;
    }
    let used: Vec<String> = configurations.iter().map(|(number, packets)| format!("{number}:{packets}")).collect();
    println!("{:.2} {:.0} {}", us / frames as f64, bytes as f64 * 8.0 * 50.0 / frames as f64, used.join(" "));
    Ok(())
}
