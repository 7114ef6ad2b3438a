//! Keys that the agent presses: told as events where the far end knows them, audible elsewhere, and never at the voice's cost.

mod world;

use std::time::Duration;

use media::fact::Fact;
use media::session::Order;

use world::keys::keys_heard;
use world::{Weather, World, sounding_share};

const ALL: &str = "0123456789*#ABCD";
const EVENTS: u8 = 110;
const LEG: u64 = 1;

fn seconds(count: f32) -> Duration {
    Duration::from_secs_f32(count)
}

fn call(weather: Weather, without_keys: bool) -> World {
    let mut world = World::new(7, weather);
    world.without_keys = without_keys;
    world.call(LEG);
    world.run_for(seconds(1.0));
    world.forget();
    world
}

fn press(world: &mut World, keys: &str) {
    world.server.order(world.now, LEG, Order::Press(keys.into()));
}

fn played_ms(world: &World) -> Option<u32> {
    world.server_facts.iter().find_map(|(_, fact)| match fact {
        Fact::Played { position_ms, done: true, .. } => Some(*position_ms),
        _ => None,
    })
}

#[test]
fn every_key_arrives_once_and_in_order_as_seven_packets() {
    let mut world = call(Weather { delay_ms: 30, jitter_ms: 15, ..Weather::default() }, false);
    press(&mut world, ALL);
    world.run_for(seconds(4.0));
    assert_eq!(ALL, world.keys_told());
    assert_eq!(Some(&(7 * ALL.len())), world.sent[0].get(&EVENTS));
    assert_eq!(16, world.server.leg_counts(LEG).expect("alive").keys_pressed);
}

#[test]
fn a_tenth_of_the_packets_lost_costs_no_key() {
    let mut world = call(Weather { loss_permille: 100, delay_ms: 20, ..Weather::default() }, false);
    let sent_before = world.sent[0].get(&EVENTS).copied();
    press(&mut world, ALL);
    world.run_for(seconds(4.0));
    assert_eq!((None, ALL), (sent_before, world.keys_told().as_str()));
    assert!(world.lost > 10, "the loss must have landed");
}

#[test]
fn the_voice_waits_for_the_keys_and_goes_on_with_nothing_missing() {
    for without_keys in [false, true] {
        let mut world = call(Weather { delay_ms: 20, ..Weather::default() }, without_keys);
        world.agent_says(LEG, 1, 1000);
        world.run_for(seconds(0.5));
        press(&mut world, "42");
        world.run_for(seconds(0.34));
        let before = sounding_share(&world.caller_heard, 1000);
        world.run_for(seconds(3.0));
        assert!((0.4..0.56).contains(&before) || without_keys, "{before}: nothing of the voice while keys are pressed");
        assert_eq!(Some(1000), played_ms(&world));
        if without_keys {
            assert_eq!(("42".into(), String::new()), (keys_heard(&world.caller_heard), world.keys_told()));
        } else {
            assert_eq!("42", world.keys_told());
            let share = sounding_share(&world.caller_heard, 1000);
            assert!((0.96..1.06).contains(&share), "{share}");
        }
    }
}

#[test]
fn keys_among_a_voice_are_no_lost_packets_of_it() {
    let mut world = call(Weather { delay_ms: 20, jitter_ms: 15, ..Weather::default() }, false);
    world.caller_says(LEG, 1, 1000);
    world.run_for(seconds(0.5));
    world.callers.order(world.now, LEG, Order::Press("12".into()));
    world.run_for(seconds(2.0));
    assert!(world.server_said(&Fact::Digit('1')) && world.server_said(&Fact::Digit('2')));
    assert_eq!(0, world.server.leg_counts(LEG).expect("alive").traffic.lost);
    assert!((0.96..1.06).contains(&sounding_share(&world.server_heard, 1000)));
}

#[test]
fn who_knows_no_events_hears_the_tones() {
    let mut world = call(Weather { delay_ms: 20, ..Weather::default() }, true);
    press(&mut world, ALL);
    world.run_for(seconds(4.0));
    assert_eq!(ALL, keys_heard(&world.caller_heard));
    assert_eq!(None, world.sent[0].get(&EVENTS));
}

#[test]
fn the_same_key_twice_is_two_keys_and_a_comma_waits_two_seconds() {
    for without_keys in [false, true] {
        let mut world = call(Weather { delay_ms: 20, ..Weather::default() }, without_keys);
        press(&mut world, "99,1");
        world.run_for(seconds(2.0));
        let told = |world: &World| if without_keys { keys_heard(&world.caller_heard) } else { world.keys_told() };
        assert_eq!("99", told(&world));
        world.run_for(seconds(1.0));
        assert_eq!("991", told(&world));
    }
}

#[test]
fn a_hang_up_waits_for_the_last_key() {
    let mut world = call(Weather { delay_ms: 20, ..Weather::default() }, false);
    press(&mut world, "123");
    world.server.order(world.now, LEG, Order::Close("done".into()));
    world.run_for(seconds(2.0));
    assert_eq!("123", world.keys_told());
    assert!(world.server_said(&Fact::Closed("done".into())));
}

#[test]
fn a_flush_of_the_reply_takes_no_key_away_and_nothing_sounds_between_them() {
    let mut world = call(Weather { delay_ms: 20, ..Weather::default() }, false);
    world.agent_says(LEG, 1, 4000);
    world.run_for(seconds(0.5));
    press(&mut world, "12");
    world.run_for(seconds(0.2));
    let heard = world.caller_heard.len();
    world.server.order(world.now, LEG, Order::Flush(1));
    world.run_for(seconds(1.0));
    assert_eq!("12", world.keys_told());
    assert!(sounding_share(&world.caller_heard[heard..], 1000) < 0.01);
}

#[test]
fn keys_that_fell_into_a_dead_network_are_pressed_again() {
    let mut world = call(Weather { delay_ms: 20, ..Weather::default() }, false);
    press(&mut world, "123456789");
    world.run_for(seconds(0.45));
    world.swallow = true;
    world.run_for(seconds(3.0));
    assert!(world.server_said(&Fact::Suspended { on_hold: false }), "the outage must have landed");
    world.swallow = false;
    world.run_for(seconds(8.0));
    let told = world.keys_told();
    assert!(told.ends_with("3456789") && told.starts_with("12"), "{told}");
    assert!(told.len() <= 10, "at most the one under way twice: {told}");
}
