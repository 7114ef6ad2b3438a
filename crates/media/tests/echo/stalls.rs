//! The caller's audio held up or lost on its way, and the agent's voice in it: what a leg makes up meanwhile moves no echo.

use std::sync::Arc;
use std::time::{Duration, Instant};

use media::codec::Format;
use media::hearing::Hearing;
use media::level::LevelHint;

use crate::sounds::{PACKET, dry, int16, power, voice};

/// The packet at which the way is blocked: after six seconds.
const BLOCKED: usize = 300;
const TICK: Duration = Duration::from_millis(20);

/// The caller's packets on their way to us.
struct Way<F> {
    /// The tick in which a packet comes, if it does.
    comes: F,
    /// The far end counts what does not come.
    counted: bool,
}

/// What is left of the echo from tick `from` on, in hops of 10 ms.
fn hops_left(agent: &[f32], echo: &[f32], way: &Way<impl Fn(usize) -> Option<usize>>, from: usize) -> usize {
    let begun = Instant::now();
    let mut hearing = Hearing::new(Format::Pcm16, false, true, false).expect("no codec is needed");
    hearing.expect_echo();
    let (agent, echo) = (int16(agent), int16(echo));
    let mut packets = echo.chunks(PACKET).enumerate().peekable();
    let (mut hops, mut place) = (0, 0);
    for (tick, frame) in agent.chunks(PACKET).enumerate() {
        let now = begun + TICK * tick as u32;
        hearing.spoke(now, frame, 16_000);
        while let Some((number, packet)) = packets.next_if(|(number, _)| (way.comes)(*number).is_none_or(|at| at < tick)) {
            let comes = (way.comes)(number).is_some();
            if comes {
                let payload: Arc<[u8]> = packet.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                hearing.receive(now, place as u16, (3 * PACKET * place) as u32, payload, LevelHint::default());
            }
            place += usize::from(comes || way.counted);
        }
        while let Some(heard) = hearing.poll(now) {
            let sounds = heard.pcm.chunks(160).filter(|hop| power(hop) > 1_000.0).count();
            hops += if tick >= from { sounds } else { 0 };
        }
    }
    hops
}

fn leaves_at_most(most: usize, way: &Way<impl Fn(usize) -> Option<usize>>, from: usize) {
    for seed in [41, 42, 43, 44, 45] {
        let agent = voice(seed, 190.0, 12);
        for (delay_ms, loss_db) in [(60, 12.0), (240, 12.0), (240, 20.0)] {
            let hops = hops_left(&agent, &dry(&agent, delay_ms, loss_db), way, from);
            assert!(hops <= most, "voice {seed}, {delay_ms} ms, {loss_db} dB: {hops} hops of echo");
        }
    }
}

/// Nothing for so many ticks, then all at once.
fn held(ticks: usize) -> Way<impl Fn(usize) -> Option<usize>> {
    let comes = move |number| Some(if (BLOCKED..BLOCKED + ticks).contains(&number) { BLOCKED + ticks } else { number });
    Way { comes, counted: true }
}

fn lost(ticks: usize, counted: bool) -> Way<impl Fn(usize) -> Option<usize>> {
    Way { comes: move |number| (!(BLOCKED..BLOCKED + ticks).contains(&number)).then_some(number), counted }
}

#[test]
fn an_echo_that_was_held_up_on_its_way_to_us_is_no_caller() {
    for ticks in [1, 5, 10, 25, 60, 140] {
        leaves_at_most(0, &held(ticks), BLOCKED);
    }
}

#[test]
fn an_echo_of_which_a_stretch_was_lost_is_no_caller() {
    for ticks in [1, 5, 10, 25, 60] {
        leaves_at_most(3, &lost(ticks, true), BLOCKED);
    }
}

#[test]
fn an_echo_in_a_call_whose_first_packets_come_late_is_no_caller() {
    let late = Way { comes: |number: usize| Some(number.max(10)), counted: true };
    leaves_at_most(3, &late, 60);
}

#[test]
fn a_far_end_that_sends_nothing_for_a_while_and_goes_on_as_if_it_had_is_followed() {
    leaves_at_most(3, &lost(75, false), BLOCKED);
}
