//! A leg that sends back what comes.

mod world;

use std::time::Duration;

use media::session::{Options, Order};

use world::{Weather, World, sounding_share, tone};

#[test]
fn a_reflecting_leg_gives_a_caller_its_own_voice_back_and_hears_nothing_itself() {
    let mut world = World::new(5, Weather { delay_ms: 5, ..Weather::default() });
    world.server_options = Options { reflecting: true, ..Options::default() };
    world.call(1);
    world.callers.order(world.now, 1, Order::Play(tone(1, 2_000)));
    world.run_for(Duration::from_millis(200));
    world.caller_heard.clear();
    world.run_for(Duration::from_secs(1));
    let counts = world.callers.leg_counts(1).expect("alive");
    assert!(counts.traffic.received >= 55, "{counts:?}");
    assert_eq!((0, 0), (counts.traffic.lost, counts.traffic.duplicate));
    assert!(sounding_share(&world.caller_heard, 1_000) > 0.9);
    assert!(world.server_heard.is_empty());
    assert_eq!(0, world.server.leg_counts(1).expect("alive").traffic.sent);
}
