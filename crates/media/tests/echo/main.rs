//! The agent's own voice coming back over many paths, and a caller over it. With real voices it is measured in benchmarks/gate.

mod busy;
#[path = "../world/dice.rs"]
#[allow(dead_code)]
mod dice;
mod jumps;
mod sounds;
mod stalls;

use std::f32::consts::TAU;
use std::time::{Duration, Instant};

use media::echo::{DELAYS, EchoGate};
use media::g711;

use sounds::{HZ, LEARNED, PACKET, added, dry, int16, left, pass, power, returned, voice};

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
fn a_caller_without_an_echo_is_heard_from_half_a_second_after_the_agents_first_word_on() {
    for (seed, begin_ms) in [21, 22, 23].into_iter().flat_map(|seed| [600, 800, 1_000].map(|begin_ms| (seed, begin_ms))) {
        let (agent, caller) = (voice(seed, 190.0, 3), voice(seed + 10, 110.0, 1));
        let begin = begin_ms * HZ / 1000;
        let mut heard = vec![0.0; agent.len()];
        heard[begin..begin + HZ].copy_from_slice(&caller);
        let out = pass(&agent, &heard, |_| 0);
        let hops = out[begin..begin + HZ].chunks(160).map(|hop| power(hop) > 1_000.0).collect::<Vec<_>>();
        let place = hops.windows(6).position(|hops| hops.iter().all(|heard| *heard)).unwrap_or(hops.len());
        assert!(10 * place <= 250, "voice {seed}, at {begin_ms} ms: after {} ms", 10 * place);
    }
}

#[test]
fn a_caller_without_an_echo_is_heard_after_two_seconds_of_the_agents_voice_though_quieter() {
    for (seed, begin_ms) in [21, 22, 23, 24, 25].into_iter().flat_map(|seed| [2_000, 3_000].map(|begin_ms| (seed, begin_ms))) {
        for gain in [0.35, 0.2] {
            let (agent, caller) = (voice(seed, 190.0, 5), voice(seed + 10, 110.0, 1));
            let begin = begin_ms * HZ / 1000;
            let mut heard = vec![0.0; agent.len()];
            heard[begin..begin + HZ].iter_mut().zip(&caller).for_each(|(heard, caller)| *heard = gain * caller);
            let out = pass(&agent, &heard, |_| 0);
            let share = power(&out[begin..begin + HZ]) / power(&int16(&heard[begin..begin + HZ]));
            assert!(share > 0.6, "voice {seed}, {gain}, at {begin_ms} ms: {share}");
        }
    }
}

#[test]
fn a_caller_quieter_than_the_agent_is_heard_once_the_echo_has_gone_for_good() {
    for seed in [21, 22, 23] {
        let (agent, caller) = (voice(seed, 190.0, 12), voice(seed + 10, 110.0, 1));
        let mut heard = dry(&agent, 240, 6.0);
        heard[6 * HZ..].fill(0.0);
        heard[11 * HZ..].iter_mut().zip(&caller).for_each(|(heard, caller)| *heard = 0.4 * caller);
        let out = pass(&agent, &heard, |_| 0);
        let share = power(&out[11 * HZ..]) / power(&int16(&heard[11 * HZ..]));
        assert!(share > 0.35, "voice {seed}: {share} of the caller is left");
    }
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
