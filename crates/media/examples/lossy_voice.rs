//! Clips through the encoder, a link that loses packets by a seed, and the window and decoder at the far end; no clock, no socket.
//!
//!     lossy_voice celt|voip COPIES LOSS_PERMILLE SEED OUT_FOLDER CLIP.pcm…     (16 kHz mono int16)
//!
//! `benchmarks/protection.py` has what comes out recognised.

use std::path::Path;
use std::time::{Duration, Instant};

use media::codec::Format;
use media::hearing::Hearing;
use media::level::LevelHint;
use media::opus::{Encoder, Mode};
use media::red::{self, RedWriter};
use media::sdp::AudioSection;

const FRAME: usize = 320;

struct Link {
    mode: Mode,
    copies: usize,
    loss_permille: u64,
    dice: u64,
}

impl Link {
    fn loses(&mut self) -> bool {
        self.dice ^= self.dice >> 12;
        self.dice ^= self.dice << 25;
        self.dice ^= self.dice >> 27;
        (self.dice.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % 1000 < self.loss_permille
    }

    fn pass(&mut self, pcm: &[i16]) -> Vec<i16> {
        let audio = AudioSection { mid: "0".into(), opus: 111, red: Some(63), telephone_event: None };
        let mut encoder = Encoder::new(16_000, self.mode).expect("an encoder");
        encoder.expect_loss((self.loss_permille / 10).clamp(10, 30) as u8);
        let mut hearing = Hearing::new(Format::Opus(self.mode), false, true, false).expect("a decoder");
        let (mut writer, mut heard, mut now) = (RedWriter::default(), Vec::new(), Instant::now());
        for (number, frame) in (0_u16..).zip(pcm.chunks_exact(FRAME)) {
            let ts = u32::from(number) * 960;
            let payload = encoder.encode(frame).expect("encoded").to_vec();
            let (pt, packet) = writer.carry(&audio, ts, &payload, self.copies);
            if number == 0 || !self.loses() {
                let blocks = if pt == 63 { red::split(packet, 111) } else { None };
                hearing.receive(now, number, ts, payload.as_slice().into(), LevelHint::default());
                if let Some(blocks) = blocks {
                    hearing.receive_copies(now, number, ts, &blocks, LevelHint::default());
                }
            }
            now += Duration::from_millis(20);
            while let Some(part) = hearing.poll(now) {
                heard.extend_from_slice(part.pcm);
            }
        }
        heard
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, copies, loss, seed, out, clips @ ..] = arguments.as_slice() else { panic!("see the top of this file") };
    let mode = if mode == "celt" { Mode::LowDelay } else { Mode::Robust };
    let number = |text: &String| text.parse::<u64>().expect("a number");
    let dice = number(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut link = Link { mode, copies: number(copies) as usize, loss_permille: number(loss), dice };
    for clip in clips {
        let pcm: Vec<i16> =
            std::fs::read(clip).expect("a clip").chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        let heard: Vec<u8> = link.pass(&pcm).iter().flat_map(|sample| sample.to_le_bytes()).collect();
        std::fs::write(Path::new(out).join(Path::new(clip).file_name().expect("a name")), heard).expect("written");
    }
}
