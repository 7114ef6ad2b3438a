//! A way back whose delay is another at once.

use std::collections::VecDeque;

use crate::sounds::{HZ, PACKET, dry, pass, pass_held_up, power, voice};

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

/// Held up for `N` ticks from `AT` on, then all at once.
fn held<const AT: usize, const N: usize>(number: usize) -> usize {
    if (AT..AT + N).contains(&number) { AT + N } else { number }
}

fn held_on_the_way<const AT: usize, const N: usize>(number: usize) -> Option<usize> {
    Some(held::<AT, N>(number))
}

fn left_out<const AT: usize, const N: usize>(number: usize) -> Option<usize> {
    (!(AT..AT + N).contains(&number)).then_some(number)
}

fn is_found_again(line: &Line, jump_ms: i64) {
    for seed in [21, 22, 23, 24, 25] {
        let agent = voice(seed, 190.0, 12);
        for loss_db in [6.0, 12.0, 20.0] {
            let hops = hops_after(line, &agent, jump_ms, 240, loss_db);
            assert!(hops <= 3, "voice {seed}, {loss_db} dB: {hops} hops of echo");
        }
    }
}

#[test]
fn a_hold_up_of_ours_that_leaves_the_telephone_silent_is_no_caller() {
    is_found_again(&Line { leaves: held::<JUMP, 1>, ..STEADY }, 20);
    is_found_again(&Line { leaves: held::<JUMP, 2>, ..STEADY }, 40);
    is_found_again(&Line { leaves: held::<JUMP, 5>, ..STEADY }, 100);
}

#[test]
fn a_hold_up_of_ours_that_the_telephones_buffer_takes_up_is_no_caller() {
    is_found_again(&Line { leaves: held::<JUMP, 2>, buffer: 6, ..STEADY }, 0);
    is_found_again(&Line { leaves: held::<JUMP, 5>, buffer: 6, ..STEADY }, 0);
}

#[test]
fn an_echo_that_comes_later_at_once_is_no_caller() {
    is_found_again(&Line { comes: held_on_the_way::<JUMP, 1>, ..STEADY }, 20);
    is_found_again(&Line { comes: held_on_the_way::<JUMP, 2>, ..STEADY }, 40);
    is_found_again(&Line { comes: held_on_the_way::<JUMP, 5>, ..STEADY }, 100);
    is_found_again(&Line { comes: held_on_the_way::<JUMP, 10>, ..STEADY }, 200);
}

#[test]
fn an_echo_that_comes_sooner_at_once_is_no_caller() {
    is_found_again(&Line { comes: left_out::<JUMP, 1>, buffer: 10, ..STEADY }, -20);
    is_found_again(&Line { comes: left_out::<JUMP, 2>, buffer: 10, ..STEADY }, -40);
    is_found_again(&Line { comes: left_out::<JUMP, 5>, buffer: 10, ..STEADY }, -100);
}

#[test]
fn a_short_hold_up_while_the_way_back_is_being_learned_is_no_caller() {
    let early: [fn(usize) -> Option<usize>; 4] =
        [held_on_the_way::<15, 2>, held_on_the_way::<20, 2>, held_on_the_way::<30, 2>, held_on_the_way::<40, 2>];
    for (comes, seed) in early.into_iter().flat_map(|comes| [21, 22, 23, 24, 25].map(|seed| (comes, seed))) {
        let agent = voice(seed, 190.0, 4);
        for loss_db in [6.0, 12.0, 20.0] {
            let echo = dry(&Line { comes, ..STEADY }.played(&agent), 240, loss_db);
            let hops = pass(&agent, &echo, |_| 0).chunks(160).filter(|hop| power(hop) > 1_000.0).count();
            assert!(hops <= 3, "voice {seed}, {loss_db} dB: {hops} hops of echo");
        }
    }
}

#[test]
fn a_caller_who_begins_just_after_a_jump_is_heard() {
    let lines = [
        (100, Line { comes: held_on_the_way::<JUMP, 5>, ..STEADY }),
        (-100, Line { comes: left_out::<JUMP, 5>, buffer: 10, ..STEADY }),
    ];
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
