//! The agent's encoder follows the link, over a network whose weather changes.

mod world;

use std::time::Duration;

use world::{Weather, World, sounding_share};

const CLEAN: Weather = Weather { loss_permille: 0, delay_ms: 20, jitter_ms: 0 };
const LOSSY: Weather = Weather { loss_permille: 100, ..CLEAN };

fn mode_changes(world: &World) -> u64 {
    world.server.leg_counts(1).expect("alive").traffic.mode_changes
}

#[test]
fn the_encoder_is_changed_within_seconds_of_loss_and_back_after_it() {
    let mut world = World::new(2, CLEAN);
    world.call(1);
    world.run_for(Duration::from_secs(1));
    world.agent_says(1, 1, 59_000);
    world.run_for(Duration::from_secs(5));
    assert_eq!(0, mode_changes(&world), "a clean link keeps low delay");
    world.weather = LOSSY;
    world.run_for(Duration::from_secs(6));
    assert_eq!(1, mode_changes(&world));
    world.weather = CLEAN;
    world.run_for(Duration::from_secs(9));
    assert_eq!(1, mode_changes(&world), "the link must stay clean for a while");
    world.run_for(Duration::from_secs(25));
    assert_eq!(2, mode_changes(&world));
}

#[test]
fn a_change_costs_no_frame() {
    let mut world = World::new(2, LOSSY);
    world.call(1);
    world.run_for(Duration::from_secs(1));
    world.agent_says(1, 1, 4_000);
    world.run_for(Duration::from_secs(5));
    world.weather = CLEAN;
    world.run_for(Duration::from_secs(1));
    world.caller_heard.clear();
    let changes = mode_changes(&world);
    world.agent_says(1, 2, 30_000);
    world.run_for(Duration::from_secs(32));
    assert!(mode_changes(&world) > changes, "the change must have happened");
    assert!((0.995..1.005).contains(&sounding_share(&world.caller_heard, 30_000)));
}
