//! How soon the agent falls silent when the caller speaks over it, hop by hop, on virtual time.

mod world;

use std::time::{Duration, Instant};

use media::fact::Fact;
use media::session::Order;

use world::{Weather, World};

const MS: Duration = Duration::from_millis(1);
const FRAME_MS: usize = 20;

/// A call in which the agent speaks, and may be stopped, while the caller, whose packets lie `place` ms in the 20 ms, has been silent.
fn spoken_to(place: u64, weather: Weather) -> World {
    let mut world = World::new(place, weather);
    world.call(place);
    world.run_for(Duration::from_secs(2));
    world.server.order(world.now, place, Order::Arm { reply: 1, armed: true });
    world.agent_says(place, 1, 4_000);
    world.run_for(Duration::from_secs(1));
    world.forget();
    world
}

/// When the server senses the caller's voice, and when what it plays has come to the caller for the last time.
fn interrupt(world: &mut World, id: u64) -> (Instant, Instant) {
    world.caller_says(id, 1, 600);
    let (mut sensed, mut last) = (None, world.now);
    for _ in 0..500 {
        world.run_for(MS);
        if world.server_said(&Fact::Sensed) {
            sensed.get_or_insert(world.now);
        }
        if !std::mem::take(&mut world.caller_heard).is_empty() {
            last = world.now;
        }
    }
    assert!(world.server_facts.iter().any(|(_, fact)| matches!(fact, Fact::Paused { .. })), "the reflex has acted");
    (sensed.expect("heard"), last)
}

#[test]
fn the_fade_leaves_six_milliseconds_after_the_gate_opens_wherever_the_callers_packets_lie() {
    for place in 1..=20 {
        let mut world = spoken_to(place, Weather::default());
        let (sensed, last) = interrupt(&mut world, place);
        assert!(last - sensed <= 6 * MS, "a caller at {place}: {:?}", last - sensed);
    }
}

#[test]
fn jitter_costs_a_frame_now_and_then_and_not_always() {
    let waits: Vec<Duration> = (1..=20)
        .map(|place| {
            let mut world = spoken_to(place, Weather { delay_ms: 1, jitter_ms: 6, ..Weather::default() });
            let (sensed, last) = interrupt(&mut world, place);
            last - sensed
        })
        .collect();
    let mean = waits.iter().sum::<Duration>() / 20;
    // Of these are 4 ms the way back; where our packets lie as the caller's do, the fade waits 16 ms.
    assert!(mean <= 13 * MS, "{mean:?} of {waits:?}");
}

#[test]
fn the_agents_packets_run_ahead_of_its_first_by_half_a_frame_at_most() {
    for place in 1..=20 {
        let mut world = World::new(place, Weather::default());
        world.call(place);
        world.run_for(Duration::from_millis(1_500 + 7 * place));
        world.forget();
        world.agent_says(place, 1, 1_000);
        let (mut first, mut came) = (None, 0);
        for _ in 0..500 {
            world.run_for(MS);
            if !std::mem::take(&mut world.caller_heard).is_empty() {
                came += 1;
                let began = *first.get_or_insert(world.now);
                let ahead = (came - 1) * FRAME_MS - (world.now - began).as_millis() as usize;
                assert!(ahead <= FRAME_MS / 2, "a caller at {place}: packet {came} is {ahead} ms ahead");
            }
        }
        assert_eq!(Some(true), first.map(|first| first <= world.now - Duration::from_millis(480)), "and it waits no longer");
    }
}
