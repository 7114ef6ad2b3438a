//! A caller's silence is not decoded while nobody needs it, and the first word after it is as whole as ever.

mod world;

use std::time::{Duration, Instant};

use media::fact::Fact;
use media::session::{Options, Order};

use world::{Weather, World, sounding_share, tone};

const SILENCE: Duration = Duration::from_secs(5);

/// A call that has been silent for five seconds.
fn silent_call(weather: Weather, resting: bool) -> World {
    let mut world = World::new(3, weather);
    world.server_options = Options { resting, ..Options::default() };
    world.call(1);
    world.run_for(SILENCE);
    world
}

fn fair() -> Weather {
    Weather { delay_ms: 5, ..Weather::default() }
}

fn left_out_ms(world: &World) -> u64 {
    world.server.leg_counts(1).expect("alive").traffic.left_out_ms
}

/// Say a word, `lead` samples into a packet; give back how long until the gate heard it.
fn say_a_word(world: &mut World, lead: usize) -> Duration {
    world.server_heard.clear();
    let began: Instant = world.now;
    let mut word = tone(1, 600);
    word.pcm = [vec![0; lead], word.pcm.to_vec()].concat().into();
    world.callers.order(world.now, 1, Order::Play(word));
    while !world.server_said(&Fact::Sensed) {
        world.run_for(Duration::from_millis(1));
        assert!(world.now - began < Duration::from_secs(1), "never heard");
    }
    let took = world.now - began;
    world.run_for(Duration::from_millis(500));
    took
}

fn samples(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]]))).collect()
}

#[test]
fn silence_is_left_out_after_half_a_second() {
    let mut world = silent_call(fair(), true);
    assert!((4_000..4_500).contains(&left_out_ms(&world)), "{} ms", left_out_ms(&world));
    let before = world.server_heard.len();
    world.run_for(SILENCE);
    assert_eq!(before, world.server_heard.len());
    assert!(left_out_ms(&world) >= 9_000);
}

#[test]
fn the_first_word_after_it_is_heard_whole() {
    let (mut rested, mut awake) = (silent_call(fair(), true), silent_call(fair(), false));
    say_a_word(&mut awake, 0);
    say_a_word(&mut rested, 0);
    assert_eq!(0, left_out_ms(&awake));
    let word = |world: &World| -> Vec<f32> {
        samples(&world.server_heard).into_iter().skip_while(|sample| sample.abs() < 500.0).take(8_000).collect()
    };
    let (all, same) = (word(&awake), word(&rested));
    assert_eq!((8_000, 8_000), (all.len(), same.len()));
    let energy: f32 = all.iter().map(|sample| sample * sample).sum();
    let difference: f32 = all.iter().zip(&same).map(|(a, b)| (a - b) * (a - b)).sum();
    assert!(difference < energy / 10_000.0, "the decoder is in step again: {difference} of {energy}");
}

#[test]
fn the_gate_opens_no_later_than_it_would_have() {
    // Where the word lies within its packet is chance: so in all places. A steady buzz is hardly a voice to the gate, hence the 5 ms.
    let after =
        |resting: bool| -> Duration { (0..20).map(|place| say_a_word(&mut silent_call(fair(), resting), place * 16)).sum() };
    let (rested, awake) = (after(true), after(false));
    assert!(rested <= awake + Duration::from_millis(20 * 5), "{rested:?} beside {awake:?} in twenty calls");
}

#[test]
fn what_was_kept_before_the_word_comes_with_it() {
    let mut world = silent_call(fair(), true);
    say_a_word(&mut world, 0);
    let before = samples(&world.server_heard).iter().take_while(|sample| sample.abs() < 500.0).count() / 16;
    assert!((180..260).contains(&before), "{before} ms");
}

#[test]
fn whoever_needs_the_silence_gets_all_of_it() {
    let mut world = silent_call(fair(), true);
    world.server.order(world.now, 1, Order::Listen(true));
    world.server_heard.clear();
    world.run_for(SILENCE);
    let heard_ms = world.server_heard.len() / 32;
    assert!((5_180..5_240).contains(&heard_ms), "{heard_ms} ms, 200 of them kept from before");
    world.server.order(world.now, 1, Order::Listen(false));
    let before = left_out_ms(&world);
    world.run_for(SILENCE);
    assert!(left_out_ms(&world) > before + 4_000);
}

#[test]
fn losses_within_the_silence_cost_nothing_and_are_counted() {
    let mut world = silent_call(fair(), true);
    world.weather = Weather { loss_permille: 100, delay_ms: 5, jitter_ms: 10 };
    let before = world.server.leg_counts(1).expect("alive").traffic;
    world.run_for(SILENCE);
    let after = world.server.leg_counts(1).expect("alive").traffic;
    assert!(after.lost > before.lost + 10, "the loss landed: {}", after.lost - before.lost);
    assert_eq!(before.concealed_ms, after.concealed_ms);
    world.weather = fair();
    say_a_word(&mut world, 0);
    world.run_for(Duration::from_millis(500));
    assert!((0.95..1.1).contains(&sounding_share(&world.server_heard, 600)));
}

#[test]
fn a_network_that_dies_in_the_silence_is_nobodys_business() {
    let mut world = silent_call(fair(), true);
    world.swallow = true;
    world.server_heard.clear();
    world.run_for(SILENCE);
    assert!(world.server_heard.is_empty());
    world.swallow = false;
    world.run_for(Duration::from_secs(1));
    say_a_word(&mut world, 0);
    world.run_for(Duration::from_millis(500));
    assert!((0.95..1.1).contains(&sounding_share(&world.server_heard, 600)));
}
