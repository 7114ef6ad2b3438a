//! Callers who fall silent without a word: a dead network, a frozen tab, a sender that saves its packets, a client gone for good.

mod world;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::codec::{Encoder, Format};
use media::fact::Fact;
use media::hearing::Hearing;
use media::level::LevelHint;
use media::opus::Mode;
use media::session::{Options, Order};
use media::shard::Port;

use world::{SERVER, Weather, World, caller_address, sounding_share, tone};

const STEP: Duration = Duration::from_millis(20);

/// A call whose caller is in the middle of a word.
fn mid_word(seed: u64, caller: Options) -> World {
    let mut world = World::new(seed, Weather { delay_ms: 5, ..Weather::default() });
    world.caller_options = caller;
    world.call(1);
    world.run_for(Duration::from_millis(500));
    world.caller_says(1, 1, 600);
    world.run_for(Duration::from_millis(500));
    assert_eq!((1, 0), (world.times_said(&Fact::Sensed), world.times_said(&Fact::Unsensed)), "it is being heard");
    world
}

/// Milliseconds until the server says it once more; a second at most.
fn until_said(world: &mut World, wanted: &Fact) -> u128 {
    let (before, began) = (world.times_said(wanted), world.now);
    while world.times_said(wanted) == before {
        world.run_for(STEP);
        assert!(world.now - began < Duration::from_secs(1), "{wanted:?} never came");
    }
    (world.now - began).as_millis()
}

#[test]
fn a_network_that_dies_mid_word_closes_the_gate_as_silence_would() {
    let mut world = mid_word(1, Options::caller());
    world.swallow = true;
    world.server_heard.clear();
    let took = until_said(&mut world, &Fact::Unsensed);
    // 400 ms until it is a stall within a word, made up at once: up to 100 ms that sound like it, and more than the gate's 256 ms of
    // silence.
    assert!((400..=500).contains(&took), "{took} ms");
    world.run_for(Duration::from_secs(4));
    assert_eq!(1, world.times_said(&Fact::Sensed), "what is made up is no voice");
    let silence = &world.server_heard[world.server_heard.len() - 32_000..];
    assert!(silence.iter().all(|byte| *byte == 0));
}

#[test]
fn a_word_that_is_held_up_for_a_moment_has_no_hole() {
    for format in [Format::Opus(Mode::LowDelay), Format::Pcm16, Format::Ulaw] {
        for held_up in [6, 10, 18].map(|packets| packets * STEP) {
            let mut hearing = Hearing::new(format, true, true, false).expect("a decoder");
            let mut encoder = Encoder::new(16_000, format).expect("an encoder");
            let (mut now, mut heard) = (Instant::now(), 0);
            for (number, frame) in tone(1, 1600).pcm.chunks_exact(320).enumerate() {
                let until = now + if number == 40 { held_up + STEP } else { STEP };
                while let Some(at) = hearing.deadline().filter(|at| *at < until) {
                    now = at;
                    heard += hearing.poll(now).map_or(0, |heard| heard.pcm.len());
                }
                now = until;
                let packet = encoder.encode(frame).expect("encoded").into();
                hearing.receive(now, number as u16, 960 * number as u32, packet, LevelHint::default());
                while let Some(stretch) = hearing.poll(now) {
                    heard += stretch.pcm.len();
                }
            }
            assert_eq!(16 * 1600, heard, "{format:?}, held up for {held_up:?}: samples heard");
        }
    }
}

#[test]
fn a_stalled_caller_somebody_listens_to_is_filled_with_silence_in_real_time() {
    let mut world = World::new(4, Weather { delay_ms: 5, ..Weather::default() });
    world.call(1);
    world.server.order(world.now, 1, Order::Listen(true));
    world.run_for(Duration::from_secs(2));
    world.swallow = true;
    world.server_heard.clear();
    world.run_for(Duration::from_secs(3));
    let heard_ms = world.server_heard.len() / 32;
    assert!((2_900..3_060).contains(&heard_ms), "{heard_ms} ms of audio in 3 s of stall");
}

#[test]
fn a_voice_that_comes_back_is_heard_again() {
    let mut world = mid_word(2, Options::caller());
    world.swallow = true;
    world.run_for(Duration::from_secs(2));
    world.swallow = false;
    world.run_for(Duration::from_secs(1));
    world.server_heard.clear();
    world.caller_says(1, 2, 1000);
    until_said(&mut world, &Fact::Sensed);
    world.run_for(Duration::from_millis(1500));
    assert!((0.95..1.06).contains(&sounding_share(&world.server_heard, 1000)));
    assert_eq!(2, world.times_said(&Fact::Unsensed));
}

#[test]
fn a_sender_that_stops_its_audio_and_stays_connected_is_silent_but_not_gone() {
    let mut world = mid_word(3, Options { open_microphone: false, ..Options::caller() });
    until_said(&mut world, &Fact::Unsensed);
    world.run_for(Duration::from_secs(120));
    assert_eq!(1, world.server.len(), "its checks go on: it is there");
    world.server_heard.clear();
    world.caller_says(1, 2, 500);
    until_said(&mut world, &Fact::Sensed);
    world.run_for(Duration::from_secs(1));
    assert!((0.95..1.2).contains(&sounding_share(&world.server_heard, 500))); // up to 100 ms of concealment behind it
}

#[test]
fn whoever_vanishes_mid_word_and_does_not_come_back_is_gone_and_says_so_last() {
    let mut world = mid_word(4, Options::caller());
    world.swallow = true;
    world.run_for(Duration::from_secs(34));
    assert_eq!(1, world.server.len());
    world.run_for(Duration::from_secs(3)); // whoever comes back has 30 s, and 5 to connect
    assert_eq!(0, world.server.len());
    assert_eq!(Some(&(1, Fact::Closed("vanished".into()))), world.server_facts.last());
    world.run_for(Duration::from_secs(30));
    assert_eq!((0, 0, 0), world.server.table_sizes());
}

#[test]
fn noise_in_the_name_of_the_vanished_does_not_keep_the_call() {
    let mut world = mid_word(5, Options::caller());
    world.swallow = true;
    let server: SocketAddr = SERVER.parse().expect("an address");
    for _ in 0..80 {
        for first in [0_u8, 1, 22, 0x80] {
            let mut bytes: Vec<u8> = (0..80).map(|_| world.dice.next() as u8).collect();
            bytes[0] = first;
            world.server.datagram(world.now, Port::Shared, caller_address(1), server, &bytes);
        }
        world.run_for(Duration::from_millis(500));
    }
    assert_eq!(0, world.server.len(), "only what its keys vouch for is a sign of life");
    assert!(world.server_said(&Fact::Closed("vanished".into())));
}
