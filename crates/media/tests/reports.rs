//! What the far end reports of the agent's stream, over a network that loses a known share.

mod world;

use std::time::Duration;

use media::report::FarEnd;

use world::{Weather, World};

/// The agent talks for half a minute in this weather; what the server then knows, and the caller's own share of lost packets.
fn after_half_a_minute(seed: u64, weather: Weather) -> (FarEnd, f32) {
    let mut world = World::new(seed, Weather { delay_ms: 20, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(1));
    world.weather = weather;
    world.agent_says(1, 1, 30_000);
    world.run_for(Duration::from_secs(30));
    let known = world.server.leg_counts(1).expect("alive").far_end.expect("the far end has reported");
    let heard = world.callers.leg_counts(1).expect("alive").traffic;
    let gone = heard.lost + heard.recovered_by_red;
    (known, gone as f32 / (gone + heard.received) as f32)
}

#[test]
fn seeded_loss_of_ten_percent_is_reported_as_ten_percent() {
    for seed in 1..4 {
        let (known, really) = after_half_a_minute(seed, Weather { loss_permille: 100, delay_ms: 20, ..Weather::default() });
        assert!((0.08..0.12).contains(&really), "seed {seed}: the loss must have happened: {really}");
        // It remembers five seconds: in its last ones seed 1 loses 16 %.
        assert!((known.loss - 0.1).abs() < 0.07, "seed {seed}: {known:?}");
        assert!((known.lost as f32 / 1500.0 - really).abs() < 0.01, "seed {seed}: {known:?} of 1500, really {really}");
    }
}

#[test]
fn a_clean_link_is_reported_as_clean() {
    let (known, _) = after_half_a_minute(1, Weather { delay_ms: 20, ..Weather::default() });
    assert_eq!((0.0, 0), (known.loss, known.lost));
    assert!(known.jitter_ms < 1.0, "{known:?}");
}

#[test]
fn jitter_is_reported() {
    let (known, _) = after_half_a_minute(1, Weather { delay_ms: 20, jitter_ms: 30, ..Weather::default() });
    assert!((4.0..20.0).contains(&known.jitter_ms), "{known:?}");
}

#[test]
fn nothing_is_said_of_a_stream_that_was_never_sent() {
    let mut world = World::new(1, Weather { delay_ms: 20, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(10));
    assert_eq!(None, world.server.leg_counts(1).expect("alive").far_end);
}
