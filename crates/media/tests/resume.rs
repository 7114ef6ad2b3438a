//! Calls that lose their network: what waits, what comes back, and what is taken back because nobody heard it.

mod world;

use std::time::Duration;

use media::codec::Format;
use media::fact::Fact;
use media::link::MEDIA_GAP;
use media::session::{Options, Order, Reoffer};
use media::stream::Stream;

use world::{Weather, World, identity, sounding_share, tone};

const DOWN: Fact = Fact::Suspended { on_hold: false };
const UP: Fact = Fact::Restored { anew: false };
const UP_ANEW: Fact = Fact::Restored { anew: true };

fn connected(delay_ms: u64) -> World {
    let mut world = World::new(5, Weather { delay_ms, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(2));
    assert!(world.server_said(&Fact::Connected));
    world.caller_heard.clear();
    world.server_heard.clear();
    world
}

fn played(world: &World) -> Vec<(u32, bool)> {
    let position = |fact: &Fact| match fact {
        Fact::Played { position_ms, done, .. } => Some((*position_ms, *done)),
        _ => None,
    };
    world.server_facts.iter().filter_map(|(_, fact)| position(fact)).collect()
}

#[test]
fn a_reply_waits_out_a_blackout_and_every_part_of_it_is_heard() {
    let mut world = connected(20);
    world.agent_says(1, 1, 4000);
    world.run_for(Duration::from_millis(1500));
    world.swallow = true;
    world.run_for(Duration::from_secs(8));
    assert!(world.server_said(&DOWN));
    let told = played(&world).last().copied();
    assert!(told.is_some_and(|(ms, done)| ms < 2500 && !done), "it stopped: {told:?}");
    world.swallow = false;
    world.run_for(Duration::from_millis(400));
    assert!(world.server_said(&UP));
    world.run_for(Duration::from_secs(4));
    assert_eq!(Some(&(4000, true)), played(&world).last());
    let share = sounding_share(&world.caller_heard, 4000);
    // Twice comes what left within a round trip before the last sign and was heard: up to three frames of 20 ms. What is concealed
    // at either end sounds as well.
    assert!((0.97..1.06).contains(&share), "{share}: nothing is missing and next to nothing came twice");
}

#[test]
fn what_was_sent_in_vain_was_not_said() {
    let mut world = connected(5);
    world.agent_says(1, 1, 5000);
    world.run_for(Duration::from_millis(1000));
    world.swallow = true;
    world.run_for(Duration::from_secs(3));
    world.server.order(world.now, 1, Order::Flush(1));
    world.run_for(Duration::from_millis(100));
    let flushed = world.server_facts.iter().find_map(|(_, fact)| match fact {
        Fact::Flushed { reply: 1, position_ms } => Some(*position_ms),
        _ => None,
    });
    assert!(flushed.is_some_and(|ms| (900..=1060).contains(&ms)), "{flushed:?} ms were heard, not a second and MEDIA_GAP");
    world.swallow = false;
    world.caller_heard.clear();
    world.run_for(Duration::from_secs(2));
    assert!(sounding_share(&world.caller_heard, 1000) < 0.05, "a flushed reply never sounds again");
}

#[test]
fn the_end_of_a_reply_that_was_lost_is_said_again() {
    let mut world = connected(5);
    world.agent_says(1, 1, 1000);
    world.run_for(Duration::from_millis(700));
    world.swallow = true;
    world.run_for(Duration::from_secs(2));
    assert!(world.server_said(&Fact::Played { reply: 1, position_ms: 1000, done: true }));
    world.swallow = false;
    world.run_for(Duration::from_secs(2));
    let share = sounding_share(&world.caller_heard, 1000);
    assert!((0.95..1.17).contains(&share), "{share}: the gap before it is concealed for 100 ms");
}

#[test]
fn short_gaps_and_heavy_loss_are_no_blackout() {
    for (seed, loss_permille) in [(1, 0), (2, 200), (3, 300)] {
        let mut world = World::new(seed, Weather { delay_ms: 40, jitter_ms: 60, loss_permille });
        world.call(1);
        world.run_for(Duration::from_secs(10));
        assert!(world.server_said(&Fact::Connected), "{loss_permille}");
        world.swallow = true;
        world.run_for(MEDIA_GAP - Duration::from_millis(150));
        world.swallow = false;
        world.run_for(Duration::from_secs(5));
        assert!(!world.server_said(&DOWN), "{loss_permille}");
    }
}

#[test]
fn an_ice_restart_takes_a_caller_to_another_network_without_a_gap() {
    let mut world = connected(10);
    world.agent_says(1, 1, 3000);
    world.run_for(Duration::from_millis(500));
    world.network = 2;
    world.restart(1).expect("answered");
    world.run_for(Duration::from_millis(3000));
    assert_eq!(Some(&(3000, true)), played(&world).last());
    assert_eq!(0, world.times_said(&DOWN), "300 ms are no blackout");
    let share = sounding_share(&world.caller_heard, 3000);
    assert!(share > 0.85, "{share}");
    world.caller_says(1, 1, 1000);
    world.run_for(Duration::from_millis(1500));
    let share = sounding_share(&world.server_heard, 1000);
    assert!((0.95..1.06).contains(&share), "{share}");
    assert_eq!(1, world.times_said(&Fact::Connected));
}

#[test]
fn after_twenty_seconds_of_blackout_a_restart_brings_the_call_back() {
    let mut world = connected(10);
    world.agent_says(1, 1, 3000);
    world.run_for(Duration::from_millis(500));
    world.swallow = true;
    world.run_for(Duration::from_secs(20));
    world.swallow = false;
    world.restart(1).expect("answered");
    world.run_for(Duration::from_millis(300));
    assert!(world.server_said(&UP), "within 300 ms");
    world.run_for(Duration::from_secs(4));
    assert_eq!(Some(&(3000, true)), played(&world).last());
    let share = sounding_share(&world.caller_heard, 3000);
    assert!((0.95..1.1).contains(&share), "{share}: nothing is missing, and the gap is concealed for 100 ms");
    let (_, ufrags, _) = world.server.table_sizes();
    assert_eq!(1, ufrags, "the old name is forgotten");
}

#[test]
fn a_restart_can_be_repeated_and_answers_with_names_of_its_own() {
    let mut world = connected(10);
    for _ in 0..5 {
        let offer = world.callers.offer_restart(world.now, 1).expect("an offer");
        let ours = identity(0, 77).credentials;
        let answer = world.server.reoffer(world.now, 1, &offer, ours.clone()).expect("answered");
        assert!(answer.contains(&format!("a=ice-ufrag:{}\r\n", ours.ufrag)), "{answer}");
        assert!(answer.contains(&format!("a=ice-pwd:{}\r\n", ours.pass)), "{answer}");
        world.callers.accept_restart(world.now, 1, &answer).expect("accepted");
        world.run_for(Duration::from_secs(1));
    }
    world.server_heard.clear();
    world.caller_says(1, 1, 1000);
    world.run_for(Duration::from_millis(1500));
    assert!((0.95..1.06).contains(&sounding_share(&world.server_heard, 1000)));
}

#[test]
fn who_comes_back_to_a_long_call_is_told_all_of_it_though_the_channel_opens_late() {
    const MOST_SHOWN: usize = 2_000; // call/session.py
    let mut world = connected(10);
    world.callers = media::shard::Shard::new(media::clock::Epoch::new(world.now, Duration::from_secs(1000)));
    world.run_for(Duration::from_secs(2)); // the page is gone
    world.come_back(2, 1);
    (0..MOST_SHOWN).for_each(|n| world.server.order(world.now, 1, Order::SendData(format!("{n} {}", "x".repeat(200)))));
    world.run_for(Duration::from_secs(5));
    assert!(world.caller_facts.iter().any(|(_, fact)| matches!(fact, Fact::Data(_))), "it has opened");
    assert_eq!(0, world.server.leg_counts(1).expect("alive").messages_dropped);
}

#[test]
fn another_peers_offer_is_no_restart() {
    let mut world = connected(10);
    let strange = media::session::Ground::new(media::clock::Epoch::new(world.now, Duration::from_secs(1000)));
    let (_, offer) =
        media::session::Session::offer(&strange, identity(9, 2), &world.caller_options, &[world::caller_address(2)], world.now)
            .expect("an offer");
    let refused = world.server.reoffer(world.now, 1, &offer, identity(0, 2).credentials);
    assert_eq!(Err(Reoffer::AnotherPeer), refused);
    assert_eq!(Err(Reoffer::NoConnection), world.server.reoffer(world.now, 9, &offer, identity(0, 2).credentials));
    assert!(matches!(world.server.reoffer(world.now, 1, "v=0", identity(0, 2).credentials), Err(Reoffer::Bad(_))));
    world.caller_says(1, 1, 1000);
    world.run_for(Duration::from_millis(1500));
    assert!((0.95..1.06).contains(&sounding_share(&world.server_heard, 1000)), "the call is none the worse");
}

#[test]
fn another_connection_takes_the_place_of_a_lost_one_and_the_reply_goes_on() {
    let mut world = connected(10);
    world.agent_says(1, 1, 4000);
    world.run_for(Duration::from_millis(1000));
    world.callers = media::shard::Shard::new(media::clock::Epoch::new(world.now, Duration::from_secs(1000)));
    world.run_for(Duration::from_secs(6)); // the page is gone
    assert_eq!(1, world.times_said(&DOWN));
    world.come_back(2, 1);
    world.run_for(Duration::from_millis(600));
    assert_eq!((1, 1), (world.times_said(&UP_ANEW), world.times_said(&DOWN)));
    world.run_for(Duration::from_secs(4));
    assert_eq!(Some(&(4000, true)), played(&world).last());
    let share = sounding_share(&world.caller_heard, 4000);
    assert!((0.95..1.06).contains(&share), "{share}");
    world.callers.order(world.now, 2, Order::SendData("here again".into()));
    world.caller_says(2, 1, 1000);
    world.server_heard.clear();
    world.run_for(Duration::from_millis(1500));
    assert!(world.server_said(&Fact::Data("here again".into())));
    assert!((0.95..1.06).contains(&sounding_share(&world.server_heard, 1000)));
    assert_eq!((1, 1), (world.server.len(), world.server.table_sizes().1));
    world.server.order(world.now, 1, Order::Close("goodbye".into()));
    world.run_for(Duration::from_secs(2));
    assert_eq!(Some(&(1, Fact::Closed("goodbye".into()))), world.server_facts.last());
    world.run_for(Duration::from_secs(40));
    assert_eq!((0, 0, 0), world.server.table_sizes(), "nothing is left of either");
}

#[test]
fn a_connection_may_be_replaced_while_it_works_and_before_its_successor_connects() {
    let mut world = connected(10);
    world.agent_says(1, 1, 4000);
    world.run_for(Duration::from_millis(500));
    world.swallow = true;
    world.come_back(2, 1);
    world.run_for(Duration::from_secs(3)); // the second never connects
    world.swallow = false;
    world.come_back(3, 1);
    world.run_for(Duration::from_secs(6));
    assert_eq!((1, 1), (world.times_said(&DOWN), world.times_said(&UP_ANEW)));
    assert_eq!(Some(&(4000, true)), played(&world).last());
    let share = sounding_share(&world.caller_heard, 4000);
    assert!((0.95..1.06).contains(&share), "{share}");
}

#[test]
fn a_leg_that_is_gone_has_no_place_to_take() {
    let mut world = connected(10);
    world.server.order(world.now, 1, Order::Close("goodbye".into()));
    world.run_for(Duration::from_secs(2));
    world.come_back(2, 1);
    world.run_for(Duration::from_secs(1));
    assert_eq!((0, 0), (world.server.len(), world.server.table_sizes().1));
}

/// Sent into the dark it would be sent again after 1, 3, 7, 15 s (RFC 9260 6.3.3), with all that is told later behind it.
#[test]
fn what_the_page_is_told_in_the_dark_reaches_it_with_the_light() {
    for (dark_s, told_ms) in [(4, 2000), (8, 2000), (12, 2000), (4, 200), (8, 200), (12, 200)] {
        let mut world = connected(20);
        world.server.order(world.now, 1, Order::SendData("before".into()));
        world.run_for(Duration::from_millis(500));
        world.agent_says(1, 1, 1000);
        world.caller_says(1, 1, 30_000);
        world.run_for(Duration::from_millis(500));
        world.swallow = true;
        world.run_for(Duration::from_millis(told_ms));
        assert_eq!(told_ms == 2000, world.server_said(&DOWN), "known after 0.7 s, in doubt before");
        world.server.order(world.now, 1, Order::SendData("in the dark".into()));
        world.run_for(Duration::from_secs(dark_s) - Duration::from_millis(told_ms));
        assert!(world.server_said(&DOWN));
        world.swallow = false;
        world.run_for(Duration::from_millis(200));
        let told = |text: &str| world.caller_facts.iter().any(|(_, fact)| *fact == Fact::Data(text.into()));
        assert!(told("before"));
        assert!(told("in the dark"), "told after {told_ms} ms of {dark_s} s");
    }
}

#[test]
fn a_last_word_that_waits_for_the_network_is_said_before_the_goodbye() {
    let mut world = connected(10);
    world.swallow = true;
    world.run_for(Duration::from_secs(1));
    world.server.order(world.now, 1, Order::Play(tone(1, 1000)));
    world.server.order(world.now, 1, Order::Close("goodbye".into()));
    world.run_for(Duration::from_secs(3));
    world.swallow = false;
    world.caller_heard.clear();
    world.run_for(Duration::from_secs(3));
    let share = sounding_share(&world.caller_heard, 1000);
    assert!((0.95..1.06).contains(&share), "{share}");
    assert!(world.server_said(&Fact::Closed("goodbye".into())));
}

#[test]
fn a_page_that_says_it_leaves_may_come_back_after_it_has_closed_its_connection() {
    for said_in_time in [true, false] {
        let mut world = connected(10);
        world.agent_says(1, 1, 4000);
        world.run_for(Duration::from_millis(1000));
        if said_in_time {
            world.server.order(world.now, 1, Order::Await);
        }
        world.callers.order(world.now, 1, Order::Close("reload".into()));
        world.run_for(Duration::from_millis(100));
        assert_eq!(said_in_time, world.server_said(&DOWN), "a closed connection is known to be lost at once");
        world.server.order(world.now, 1, Order::Await);
        world.run_for(Duration::from_secs(20));
        assert!(world.server_said(&DOWN));
        world.come_back(2, 1);
        world.run_for(Duration::from_secs(5));
        assert_eq!(Some(&(4000, true)), played(&world).last());
        let share = sounding_share(&world.caller_heard, 4000);
        assert!((0.95..1.06).contains(&share), "{share}");
    }
}

#[test]
fn who_closes_the_connection_without_a_word_has_hung_up() {
    let mut world = connected(10);
    world.callers.order(world.now, 1, Order::Close("bye".into()));
    world.run_for(Duration::from_millis(600));
    assert_eq!(Some(&(1, Fact::Closed("the far end hung up".into()))), world.server_facts.last());
    assert_eq!((0, 0), (world.times_said(&DOWN), world.server.len()));
}

#[test]
fn who_said_they_would_come_back_and_does_not_is_gone() {
    let mut world = connected(10);
    world.server.order(world.now, 1, Order::Await);
    world.callers.order(world.now, 1, Order::Close("closed the tab".into()));
    world.run_for(Duration::from_secs(34));
    assert_eq!(1, world.server.len());
    world.run_for(Duration::from_secs(3));
    assert_eq!(Some(&(1, Fact::Closed("the far end hung up".into()))), world.server_facts.last());
    world.run_for(Duration::from_secs(1));
    assert_eq!((0, 0, 0), world.server.table_sizes());
}

/// A caller whose UDP is blocked all at once comes back over a WebSocket, and later the other way about.
#[test]
fn a_call_goes_on_over_a_stream_and_over_webrtc_again() {
    let mut world = World::new(5, Weather { delay_ms: 20, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(2));
    world.agent_says(1, 1, 6000);
    world.run_for(Duration::from_secs(1));
    world.swallow = true;
    world.run_for(Duration::from_secs(2));
    assert!(world.server_said(&DOWN));
    let options = Options { format: Format::Pcm16, ..Options::default() };
    let epoch = world.ground.epoch;
    let stream = Stream::new(&options, epoch, Duration::from_millis(3), world.now).expect("a stream");
    world.server.replace(world.now, 1, Box::new(stream));
    world.run_for(Duration::from_secs(2));
    assert!(world.server_said(&Fact::Restored { anew: true }));
    let streamed = world.streamed.len() as f32 / 32.0;
    assert!((1900.0..2100.0).contains(&streamed), "{streamed} ms over the stream, which is there at once");
    world.swallow = false;
    world.forget();
    world.come_back(2, 1);
    world.run_for(Duration::from_secs(6));
    assert!(world.server_said(&Fact::Played { reply: 1, position_ms: 6000, done: true }));
    assert!(world.server_said(&Fact::Restored { anew: true }));
    let rest = sounding_share(&world.caller_heard, 6000);
    assert!((0.48..0.56).contains(&rest), "{rest}: three of six seconds were heard before");
    world.caller_says(2, 1, 1000);
    world.run_for(Duration::from_secs(2));
    assert!(sounding_share(&world.server_heard, 1000) > 0.95);
}
