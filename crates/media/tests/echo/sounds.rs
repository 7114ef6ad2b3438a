//! Voices, what comes back of them, and what an echo gate leaves of that.

use std::f32::consts::TAU;
use std::time::{Duration, Instant};

use media::echo::EchoGate;

pub const HZ: usize = 16_000;
pub const PACKET: usize = 320;
pub const LEARNED: usize = 2 * HZ;

/// Syllables: a pitch with harmonics through two moving resonances, between them short gaps. By seed.
pub fn voice(seed: u32, pitch: f32, seconds: usize) -> Vec<f32> {
    let mut dice = seed.wrapping_mul(2_654_435_769) | 1;
    let mut next = move || {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 8) as f32 / 16_777_216.0
    };
    let mut out = Vec::new();
    while out.len() < seconds * HZ {
        let (length, gap) = (0.12 + 0.2 * next(), 0.02 + 0.1 * next() * next());
        let (first, second, loud) = (300.0 + 500.0 * next(), 900.0 + 1_600.0 * next(), 0.4 + 0.6 * next());
        let hz = pitch * (0.85 + 0.3 * next());
        let count = (length * HZ as f32) as usize;
        for at in 0..count {
            let t = at as f32 / HZ as f32;
            let swell = (at as f32 / count as f32 * TAU / 2.0).sin().sqrt();
            let sound: f32 = (1..28)
                .map(|h| hz * h as f32)
                .filter(|hz| *hz < 3_400.0)
                .map(|hz| {
                    let near = |formant: f32| (-((hz - formant) / 150.0).powi(2)).exp();
                    (0.03 + near(first) + 0.6 * near(second)) * (TAU * hz * t).sin()
                })
                .sum();
            out.push(0.12 * loud * swell * sound);
        }
        out.resize(out.len() + (gap * HZ as f32) as usize, 0.0);
    }
    out.truncate(seconds * HZ);
    out
}

/// The voice in a microphone: late, quieter, with three reflections.
pub fn returned(voice: &[f32], delay_ms: usize, loss_db: f32) -> Vec<f32> {
    let (late, gain) = (delay_ms * HZ / 1000, 10_f32.powf(-loss_db / 20.0));
    let at = |place: usize, back: usize| place.checked_sub(late + back).map_or(0.0, |place| voice[place]);
    let echo = |place| at(place, 0) + 0.4 * at(place, 183) - 0.3 * at(place, 511) + 0.2 * at(place, 1_201);
    (0..voice.len()).map(|place| gain * echo(place)).collect()
}

pub fn added(one: &[f32], other: &[f32]) -> Vec<f32> {
    one.iter().zip(other).map(|(one, other)| one + other).collect()
}

pub fn int16(sound: &[f32]) -> Vec<i16> {
    sound.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0) as i16).collect()
}

/// What a leg hands on: `spoken` leaves in packets of 20 ms while `heard` comes, packet by packet late by what `late_ms` says.
pub fn pass(spoken: &[f32], heard: &[f32], late_ms: impl Fn(usize) -> u64) -> Vec<i16> {
    pass_held_up(spoken, |number| number, heard, late_ms)
}

/// The same; a packet leaves in the tick of 20 ms that `leaves` says.
pub fn pass_held_up(spoken: &[f32], leaves: fn(usize) -> usize, heard: &[f32], late_ms: impl Fn(usize) -> u64) -> Vec<i16> {
    let (mut gate, begun) = (EchoGate::default(), Instant::now());
    let (spoken, mut heard) = (int16(spoken), int16(heard));
    let mut spoke = spoken.chunks(PACKET).enumerate().peekable();
    let mut latest = begun;
    for (number, packet) in heard.chunks_mut(PACKET).enumerate() {
        let end = begun + Duration::from_millis(20 * (number as u64 + 1));
        latest = latest.max(end + Duration::from_millis(late_ms(number)));
        let tick = |place: usize| begun + Duration::from_millis(20 * leaves(place) as u64);
        while let Some((place, frame)) = spoke.next_if(|(place, _)| tick(*place) < latest) {
            gate.spoke(tick(place), frame, 16_000);
        }
        gate.heard(latest, packet);
    }
    heard
}

pub fn power(sound: &[i16]) -> f32 {
    sound.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>() / sound.len().max(1) as f32
}

/// The share of its power that is left once the path is known.
pub fn left(before: &[f32], after: &[i16]) -> f32 {
    power(&after[LEARNED..]) / power(&int16(&before[LEARNED..]))
}

/// The voice at the ear: late and quieter.
pub fn dry(voice: &[f32], delay_ms: usize, loss_db: f32) -> Vec<f32> {
    let (late, gain) = (delay_ms * HZ / 1000, 10_f32.powf(-loss_db / 20.0));
    (0..voice.len()).map(|place| place.checked_sub(late).map_or(0.0, |place| gain * voice[place])).collect()
}
