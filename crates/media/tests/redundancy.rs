//! Copies of earlier packets (RED, RFC 2198) over a network that loses packets, both ways.

mod world;

use std::time::Duration;

use media::counts::Traffic;
use media::session::Order;

use world::{Weather, World, sounding_share, syllables};

const OPUS: u8 = 111;
const RED: u8 = 63;
const CLEAN: Weather = Weather { loss_permille: 0, delay_ms: 20, jitter_ms: 0 };
const LOSSY: Weather = Weather { loss_permille: 100, ..CLEAN };

/// Both talk for half a minute in this weather, after ten seconds in which they have found out about it.
fn half_a_minute(mut world: World, weather: Weather) -> World {
    world.caller_options.adaptive = true;
    world.call(1);
    world.run_for(Duration::from_secs(1));
    world.weather = weather;
    world.agent_says(1, 1, 10_000);
    world.caller_says(1, 1, 10_000);
    world.run_for(Duration::from_secs(10));
    world.server_heard.clear();
    world.caller_heard.clear();
    world.agent_says(1, 2, 30_000);
    world.caller_says(1, 2, 30_000);
    world.run_for(Duration::from_secs(31));
    world
}

fn counts(world: &World) -> [Traffic; 2] {
    [&world.server, &world.callers].map(|shard| shard.leg_counts(1).expect("alive").traffic)
}

#[test]
fn at_ten_percent_loss_most_lost_packets_are_heard_from_their_copies_both_ways() {
    for seed in 1..4 {
        let world = half_a_minute(World::new(seed, CLEAN), LOSSY);
        for counts in counts(&world) {
            let gone = (counts.lost + counts.recovered_by_red) as f32 / (counts.received + counts.lost) as f32;
            assert!((0.08..0.13).contains(&gone), "seed {seed}: the loss must have happened: {counts:?}");
            assert!(counts.recovered_by_red > 4 * counts.lost, "seed {seed}: {counts:?}");
        }
        for heard in [&world.server_heard, &world.caller_heard] {
            let share = sounding_share(heard, 30_000);
            assert!((0.985..1.02).contains(&share), "seed {seed}: {share}");
        }
    }
}

#[test]
fn a_clean_link_carries_no_copies_and_what_is_reordered_is_no_duplicate() {
    let world = half_a_minute(World::new(1, CLEAN), Weather { jitter_ms: 35, ..CLEAN });
    for sent in &world.sent {
        assert_eq!(None, sent.get(&RED));
        assert!(sent[&OPUS] > 1900, "{sent:?}");
    }
    for counts in counts(&world) {
        assert_eq!((0, 0, 0), (counts.recovered_by_red, counts.lost, counts.duplicate), "{counts:?}");
    }
}

#[test]
fn copies_of_what_has_arrived_count_as_nothing() {
    let mut world = half_a_minute(World::new(1, CLEAN), LOSSY);
    world.weather = CLEAN;
    world.run_for(Duration::from_secs(1));
    let before = counts(&world);
    let copies = world.sent.clone();
    world.agent_says(1, 3, 5_000);
    world.caller_says(1, 3, 5_000);
    world.run_for(Duration::from_secs(6));
    for (side, (before, after)) in before.iter().zip(counts(&world)).enumerate() {
        assert!(world.sent[1 - side][&RED] > copies[1 - side][&RED] + 100, "copies must have been sent");
        assert_eq!((before.duplicate, before.recovered_by_red), (after.duplicate, after.recovered_by_red));
    }
}

#[test]
fn a_far_end_that_cannot_read_copies_gets_none_but_in_band_ones() {
    let mut world = World::new(1, CLEAN);
    world.without_red = true;
    let mut world = half_a_minute(world, LOSSY);
    world.server.order(world.now, 1, Order::Play(syllables(1, 30_000)));
    world.callers.order(world.now, 1, Order::Play(syllables(1, 30_000)));
    let before = counts(&world);
    world.run_for(Duration::from_secs(31));
    for ((sent, before), counts) in world.sent.iter().zip(before).zip(counts(&world)) {
        let (lost, recovered) = (counts.lost - before.lost, counts.recovered_by_fec - before.recovered_by_fec);
        assert_eq!(None, sent.get(&RED));
        assert_eq!(0, counts.recovered_by_red);
        assert!(lost > 100, "the loss must have happened: {counts:?}");
        assert!(2 * recovered > lost, "{counts:?}");
    }
}

#[test]
fn copies_and_jitter_together_lose_next_to_nothing() {
    let world = half_a_minute(World::new(3, CLEAN), Weather { loss_permille: 100, delay_ms: 10, jitter_ms: 60 });
    for counts in counts(&world) {
        assert!(counts.recovered_by_red > 100, "the loss must have happened: {counts:?}");
        assert!(counts.lost < counts.recovered_by_red / 4, "{counts:?}");
        let gone = counts.lost + counts.recovered_by_red - counts.outrun_by_red;
        let share = gone as f32 / (gone + counts.received) as f32;
        assert!((0.08..0.13).contains(&share), "what a copy has outrun is not lost: {counts:?}");
        assert_eq!(0, counts.duplicate, "what came after its copy is no duplicate: {counts:?}");
        assert!(counts.concealed_ms < 20 * counts.lost + 200, "{counts:?}");
    }
}
