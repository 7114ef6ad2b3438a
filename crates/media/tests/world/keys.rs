//! An ear for telephone keys that shares nothing with what makes them: each tone's energy by Goertzel's algorithm.

const ROWS_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [&str; 4] = ["123A", "456B", "789C", "*0#D"];
/// 20 ms at 16 kHz.
const FRAME: usize = 320;
/// So many frames of the same key in a row are a key: 40 ms, the shortest that ITU-T Q.24 asks receivers to take.
const SHORTEST: usize = 2;

/// Share of a stretch's energy that a tone of `hz` has; 16 kHz.
fn share(samples: &[f32], hz: f32) -> f32 {
    let coefficient = 2.0 * (std::f32::consts::TAU * hz / 16_000.0).cos();
    let (mut before, mut last) = (0.0_f32, 0.0_f32);
    for sample in samples {
        (before, last) = (last, sample + coefficient * last - before);
    }
    let power = last * last + before * before - coefficient * last * before;
    let energy: f32 = samples.iter().map(|sample| sample * sample).sum();
    if energy < 1e6 { 0.0 } else { 2.0 * power / (samples.len() as f32 * energy) }
}

fn key_of(frame: &[f32]) -> Option<char> {
    let loudest = |tones: &[f32; 4]| {
        let shares = tones.map(|hz| share(frame, hz));
        let best = (0..4).max_by(|a, b| shares[*a].total_cmp(&shares[*b]))?;
        (shares[best] > 0.2).then_some((best, shares[best]))
    };
    let (row, low) = loudest(&ROWS_HZ)?;
    let (column, high) = loudest(&COLUMNS_HZ)?;
    (low + high > 0.85).then(|| KEYS[row].chars().nth(column))?
}

/// The keys in 16 kHz PCM, in order.
pub fn keys_heard(pcm: &[u8]) -> String {
    let samples: Vec<f32> = pcm.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]]))).collect();
    let (mut heard, mut last, mut run) = (String::new(), None, 0);
    for frame in samples.chunks_exact(FRAME) {
        let key = key_of(frame);
        run = if key == last { run + 1 } else { 1 };
        last = key;
        if run == SHORTEST {
            heard.extend(key);
        }
    }
    heard
}
