//! The agent's own voice coming back over many paths, and a caller over it. With real voices it is measured in benchmarks/gate.

use std::collections::VecDeque;
use std::f32::consts::TAU;
use std::time::{Duration, Instant};

use media::echo::{DELAYS, EchoGate};
use media::g711;

const HZ: usize = 16_000;
const PACKET: usize = 320;
const LEARNED: usize = 2 * HZ;

/// Syllables: a pitch with harmonics through two moving resonances, between them short gaps. By seed.
fn voice(seed: u32, pitch: f32, seconds: usize) -> Vec<f32> {
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
fn returned(voice: &[f32], delay_ms: usize, loss_db: f32) -> Vec<f32> {
    let (late, gain) = (delay_ms * HZ / 1000, 10_f32.powf(-loss_db / 20.0));
    let at = |place: usize, back: usize| place.checked_sub(late + back).map_or(0.0, |place| voice[place]);
    let echo = |place| at(place, 0) + 0.4 * at(place, 183) - 0.3 * at(place, 511) + 0.2 * at(place, 1_201);
    (0..voice.len()).map(|place| gain * echo(place)).collect()
}

fn added(one: &[f32], other: &[f32]) -> Vec<f32> {
    one.iter().zip(other).map(|(one, other)| one + other).collect()
}

fn int16(sound: &[f32]) -> Vec<i16> {
    sound.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0) as i16).collect()
}

/// What a leg hands on: `spoken` leaves in packets of 20 ms while `heard` comes, packet by packet late by what `late_ms` says.
fn pass(spoken: &[f32], heard: &[f32], late_ms: impl Fn(usize) -> u64) -> Vec<i16> {
    pass_held_up(spoken, |number| number, heard, late_ms)
}

/// The same; a packet leaves in the tick of 20 ms that `leaves` says.
fn pass_held_up(spoken: &[f32], leaves: fn(usize) -> usize, heard: &[f32], late_ms: impl Fn(usize) -> u64) -> Vec<i16> {
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

fn power(sound: &[i16]) -> f32 {
    sound.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>() / sound.len().max(1) as f32
}

/// The share of its power that is left once the path is known.
fn left(before: &[f32], after: &[i16]) -> f32 {
    power(&after[LEARNED..]) / power(&int16(&before[LEARNED..]))
}

#[test]
fn an_echo_of_any_delay_and_loss_is_no_caller() {
    let agent = voice(1, 190.0, 12);
    for delay_ms in [0, 35, 120, 287, 430, 560] {
        for loss_db in [0.0, 6.0, 15.0, 30.0] {
            let echo = returned(&agent, delay_ms, loss_db);
            let share = left(&echo, &pass(&agent, &echo, |_| 0));
            assert!(share < 0.05, "{delay_ms} ms, {loss_db} dB: {share}");
        }
    }
}

#[test]
fn a_caller_over_the_echo_is_heard() {
    let (agent, caller) = (voice(2, 190.0, 12), voice(3, 110.0, 1));
    for (delay_ms, loss_db, within_ms) in [(60, 12.0, 40), (280, 12.0, 240), (60, 25.0, 40), (280, 25.0, 40)] {
        let echo = returned(&agent, delay_ms, loss_db);
        for begin_ms in [4_000, 6_300, 8_900] {
            let begin = begin_ms * HZ / 1000;
            let mut alone = vec![0.0; agent.len()];
            alone[begin..begin + caller.len()].copy_from_slice(&caller);
            let out = pass(&agent, &added(&echo, &alone), |_| 0);
            let hops = out[begin..begin + caller.len()].chunks(160).map(|hop| power(hop) > 1_000.0).collect::<Vec<_>>();
            let place = hops.windows(6).position(|hops| hops.iter().all(|heard| *heard)).unwrap_or(hops.len());
            assert!(10 * place <= within_ms, "{delay_ms} ms, {loss_db} dB, at {begin_ms}: after {} ms", 10 * place);
        }
    }
}

#[test]
fn a_line_without_echo_loses_nothing_of_the_caller() {
    let (agent, caller) = (voice(4, 190.0, 10), voice(5, 110.0, 10));
    // A second at a time: an agent that is talked over for longer has been paused.
    let quiet: Vec<f32> = (0..HZ * 10).map(|at| if at / HZ % 3 == 2 { caller[at] } else { 0.0 }).collect();
    let share = left(&quiet, &pass(&agent, &quiet, |_| 0));
    assert!(share > 0.97, "{share}");
}

#[test]
fn while_the_agent_is_silent_nothing_is_touched() {
    let caller = voice(6, 110.0, 5);
    assert_eq!(int16(&caller), pass(&vec![0.0; caller.len()], &caller, |_| 0));
    assert_eq!(int16(&caller), pass(&[], &caller, |_| 0));
}

#[test]
fn once_the_agent_has_stopped_and_its_echo_is_over_the_caller_is_heard_whole() {
    let mut agent = voice(7, 190.0, 8);
    agent[4 * HZ..].fill(0.0);
    let mut heard = returned(&agent, 280, 6.0);
    let over = 4 * HZ + (10 * DELAYS + 50) * HZ / 1000;
    let caller = voice(8, 110.0, 8);
    heard[over..].copy_from_slice(&caller[over..]);
    assert_eq!(int16(&caller)[over..], pass(&agent, &heard, |_| 0)[over..]);
}

#[test]
fn packets_that_come_late_and_in_bursts_change_nothing() {
    let agent = voice(9, 190.0, 12);
    let echo = returned(&agent, 200, 6.0);
    for late_ms in [|_| 60, |number| 15 * (number as u64 % 5), |number| if number % 100 < 8 { 150 } else { 10 }] {
        let share = left(&echo, &pass(&agent, &echo, late_ms));
        assert!(share < 0.04, "{share}");
    }
}

#[test]
fn a_path_that_grows_louder_is_learned_again() {
    let agent = voice(10, 190.0, 14);
    let (soft, loud) = (returned(&agent, 250, 40.0), returned(&agent, 250, 6.0));
    let echo: Vec<f32> = (0..agent.len()).map(|at| if at < 5 * HZ { soft[at] } else { loud[at] }).collect();
    let out = pass(&agent, &echo, |_| 0);
    let at_first = power(&out[5 * HZ..6 * HZ]) / power(&int16(&echo[5 * HZ..6 * HZ]));
    let then = power(&out[8 * HZ..]) / power(&int16(&echo[8 * HZ..]));
    assert!(at_first > 0.1, "the louder echo was not noticed: {at_first}");
    assert!(then < 0.03, "{then}");
}

#[test]
fn an_echo_later_than_is_searched_is_heard_as_a_caller() {
    let agent = voice(11, 190.0, 12);
    let echo = returned(&agent, 10 * DELAYS + 250, 6.0);
    assert!(left(&echo, &pass(&agent, &echo, |_| 0)) > 0.3);
}

#[test]
fn any_lengths_of_packets_and_any_rate_of_the_agents_voice_will_do() {
    let agent = voice(12, 190.0, 8);
    let echo = int16(&returned(&agent, 120, 6.0));
    for (rate_hz, step) in [(8_000, 2), (16_000, 1)] {
        let (mut gate, begun, mut at, mut out) = (EchoGate::default(), Instant::now(), 0, Vec::new());
        for (number, frame) in int16(&agent).chunks(PACKET).enumerate() {
            let now = begun + Duration::from_millis(20 * number as u64);
            gate.spoke(now, &frame.iter().step_by(step).copied().collect::<Vec<_>>(), rate_hz);
            let length = 1 + (number * 37) % 640;
            let end = ((number + 1) * PACKET).min(echo.len());
            if end - at >= length {
                let mut packet = echo[at..end].to_vec();
                gate.heard(now + Duration::from_millis(20), &mut packet);
                out.extend(packet);
                at = end;
            }
        }
        let share = power(&out[LEARNED..]) / power(&echo[LEARNED..out.len()]);
        assert!(share < 0.04, "{rate_hz}: {share}");
        assert!(gate.muted_ms() > 4_000);
    }
}

/// The voice at the ear: late and quieter.
fn dry(voice: &[f32], delay_ms: usize, loss_db: f32) -> Vec<f32> {
    let (late, gain) = (delay_ms * HZ / 1000, 10_f32.powf(-loss_db / 20.0));
    (0..voice.len()).map(|place| place.checked_sub(late).map_or(0.0, |place| gain * voice[place])).collect()
}

/// A way to a telephone, in ticks of 20 ms: when a frame leaves, how much later it comes if it does, and how many frames the
/// telephone lets come before it plays the first. It plays them in order, and silence where it has none.
struct Line {
    leaves: fn(usize) -> usize,
    comes: fn(usize) -> Option<usize>,
    buffer: usize,
}

const STEADY: Line = Line { leaves: |number| number, comes: Some, buffer: 0 };
/// The tick in which a delay jumps: after six seconds.
const JUMP: usize = 300;

impl Line {
    fn played(&self, spoken: &[f32]) -> Vec<f32> {
        let mut frames = spoken.chunks(PACKET).enumerate().peekable();
        let (mut waiting, mut out, mut plays) = (VecDeque::new(), Vec::new(), false);
        for tick in 0..spoken.len() / PACKET {
            while let Some((number, frame)) = frames.next_if(|(number, _)| (self.leaves)(*number) <= tick) {
                waiting.extend((self.comes)(number).map(|at| (at.max((self.leaves)(number)), frame)));
            }
            plays |= waiting.len() > self.buffer;
            match waiting.front() {
                Some((at, frame)) if plays && *at <= tick => {
                    out.extend_from_slice(frame);
                    waiting.pop_front();
                }
                _ => out.resize(out.len() + PACKET, 0.0),
            }
        }
        out
    }
}

/// How much later the agent's voice is played around a second after the jump than before it, in ms.
fn jumped_ms(spoken: &[f32], played: &[f32]) -> i64 {
    let delay = |from: usize| {
        let stretch = &played[from..from + HZ];
        let like =
            |back: &usize| stretch.iter().zip(&spoken[from - back * PACKET..]).map(|(one, other)| one * other).sum::<f32>();
        (0..40).max_by(|one, other| like(one).total_cmp(&like(other))).expect("there are delays") as i64
    };
    20 * (delay(JUMP * PACKET + HZ) - delay(JUMP * PACKET - 2 * HZ))
}

/// Hops that are not muted in the three seconds from the jump on.
fn hops_after(line: &Line, agent: &[f32], jump_ms: i64, delay_ms: usize, loss_db: f32) -> usize {
    let played = line.played(agent);
    assert_eq!(jump_ms, jumped_ms(agent, &played), "the jump");
    let echo = dry(&played, delay_ms, loss_db);
    let out = pass_held_up(agent, line.leaves, &echo, |_| 0);
    out[JUMP * PACKET..][..3 * HZ].chunks(160).filter(|hop| power(hop) > 1_000.0).count()
}

/// Held up for `N` ticks at the jump, then all at once.
fn held<const N: usize>(number: usize) -> usize {
    if (JUMP..JUMP + N).contains(&number) { JUMP + N } else { number }
}

fn held_on_the_way<const N: usize>(number: usize) -> Option<usize> {
    Some(held::<N>(number))
}

fn left_out<const N: usize>(number: usize) -> Option<usize> {
    (!(JUMP..JUMP + N).contains(&number)).then_some(number)
}

fn is_found_again(line: &Line, jump_ms: i64) {
    for seed in [21, 22, 23, 24, 25] {
        let agent = voice(seed, 190.0, 12);
        for loss_db in [6.0, 12.0, 20.0] {
            let hops = hops_after(line, &agent, jump_ms, 240, loss_db);
            assert!(hops <= 15, "voice {seed}, {loss_db} dB: {hops} hops of echo");
        }
    }
}

#[test]
fn a_hold_up_of_ours_that_leaves_the_telephone_silent_is_no_caller() {
    is_found_again(&Line { leaves: held::<1>, ..STEADY }, 20);
    is_found_again(&Line { leaves: held::<2>, ..STEADY }, 40);
    is_found_again(&Line { leaves: held::<5>, ..STEADY }, 100);
}

#[test]
fn a_hold_up_of_ours_that_the_telephones_buffer_takes_up_is_no_caller() {
    is_found_again(&Line { leaves: held::<2>, buffer: 6, ..STEADY }, 0);
    is_found_again(&Line { leaves: held::<5>, buffer: 6, ..STEADY }, 0);
}

#[test]
fn an_echo_that_comes_later_at_once_is_no_caller() {
    is_found_again(&Line { comes: held_on_the_way::<1>, ..STEADY }, 20);
    is_found_again(&Line { comes: held_on_the_way::<2>, ..STEADY }, 40);
    is_found_again(&Line { comes: held_on_the_way::<5>, ..STEADY }, 100);
    is_found_again(&Line { comes: held_on_the_way::<10>, ..STEADY }, 200);
}

#[test]
fn an_echo_that_comes_sooner_at_once_is_no_caller() {
    is_found_again(&Line { comes: left_out::<1>, buffer: 10, ..STEADY }, -20);
    is_found_again(&Line { comes: left_out::<2>, buffer: 10, ..STEADY }, -40);
    is_found_again(&Line { comes: left_out::<5>, buffer: 10, ..STEADY }, -100);
}

#[test]
fn a_caller_who_begins_just_after_a_jump_is_heard() {
    let lines =
        [(100, Line { comes: held_on_the_way::<5>, ..STEADY }), (-100, Line { comes: left_out::<5>, buffer: 10, ..STEADY })];
    for (jump_ms, line) in lines {
        for seed in [21, 22, 23] {
            let (agent, caller) = (voice(seed, 190.0, 12), voice(seed + 10, 110.0, 1));
            let played = line.played(&agent);
            assert_eq!(jump_ms, jumped_ms(&agent, &played), "the jump");
            for after_ms in [500, 600, 1_000] {
                let begin = JUMP * PACKET + after_ms * HZ / 1000;
                let mut heard = dry(&played, 240, 12.0);
                heard[begin..begin + HZ].iter_mut().zip(&caller).for_each(|(heard, caller)| *heard += caller);
                let out = pass(&agent, &heard, |_| 0);
                let hops = out[begin..begin + HZ].chunks(160).map(|hop| power(hop) > 1_000.0).collect::<Vec<_>>();
                let place = hops.windows(6).position(|hops| hops.iter().all(|heard| *heard)).unwrap_or(hops.len());
                assert!(10 * place <= 250, "{jump_ms}, voice {seed}, {after_ms} ms later: after {} ms", 10 * place);
            }
        }
    }
}

/// Mu-law and back.
fn coded(sound: &[f32]) -> Vec<f32> {
    int16(sound).into_iter().map(|sample| f32::from(g711::decode(g711::encode(sample))) / 32_768.0).collect()
}

/// 1 kHz.
fn tone(length: usize, amplitude: f32) -> Vec<f32> {
    (0..length).map(|at| amplitude * (at as f32 / HZ as f32 * 1_000.0 * TAU).sin()).collect()
}

#[test]
fn what_the_lines_coding_swallows_unlearns_no_echo() {
    for seed in [21, 22, 23, 24, 25] {
        let mut agent = voice(seed, 190.0, 4);
        agent.extend(tone(HZ, 0.001_2));
        let loud = agent.len();
        agent.extend(tone(HZ / 5, 0.2));
        agent.resize(6 * HZ, 0.0);
        let echo = coded(&dry(&agent, 240, 21.0));
        assert!(echo[loud - HZ / 2..loud].iter().all(|sample| *sample == 0.0), "the soft tone comes back");
        let hops = pass(&agent, &echo, |_| 0)[loud..].chunks(160).filter(|hop| power(hop) > 1_000.0).count();
        assert_eq!(0, hops, "voice {seed}");
    }
}
