//! Calls over a virtual network: talk, weather, ends, strangers.

mod world;

use std::net::SocketAddr;
use std::time::Duration;

use media::fact::Fact;
use media::opus::Mode;
use media::session::Order;
use media::shard::Port;

use world::{SERVER, Weather, World, caller_address, sounding_share};

#[test]
fn a_call_connects_talks_and_ends() {
    let mut world = World::new(1, Weather { delay_ms: 10, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_millis(400));
    assert!(world.server_said(&Fact::Connected) && world.server_said(&Fact::DataOpened));
    world.agent_says(1, 1, 1000);
    world.caller_says(1, 1, 1000);
    world.callers.order(world.now, 1, Order::SendData("hello".into()));
    world.run_for(Duration::from_millis(1500));
    assert!(world.server_said(&Fact::Played { reply: 1, position_ms: 1000, done: true }));
    assert!(world.server_said(&Fact::Data("hello".into())));
    assert!((0.95..1.08).contains(&sounding_share(&world.server_heard, 1000)));
    assert!((0.95..1.08).contains(&sounding_share(&world.caller_heard, 1000)));
    world.server.order(world.now, 1, Order::Close("goodbye".into()));
    world.run_for(Duration::from_secs(1));
    assert_eq!(Some(&(1, Fact::Closed("goodbye".into()))), world.server_facts.last());
    assert_eq!(Some(&(1, Fact::Closed("the far end hung up".into()))), world.caller_facts.last());
    assert_eq!((0, 0), (world.server.len(), world.callers.len()));
    world.run_for(Duration::from_secs(30));
    assert_eq!((0, 0, 0), world.server.table_sizes(), "nothing is left of it");
}

#[test]
fn jitter_and_reordering_cost_no_audio() {
    for seed in 1..6 {
        let mut world = World::new(seed, Weather { delay_ms: 20, jitter_ms: 35, ..Weather::default() });
        world.call(1);
        world.run_for(Duration::from_secs(1));
        world.caller_says(1, 1, 3000);
        world.run_for(Duration::from_secs(4));
        let counts = world.server.leg_counts(1).expect("alive");
        assert_eq!(0, counts.traffic.lost, "seed {seed}");
        assert!((0.98..1.03).contains(&sounding_share(&world.server_heard, 3000)), "seed {seed}");
    }
}

#[test]
fn loss_is_concealed_and_counted() {
    for (mode, floor) in [(Mode::LowDelay, 0.93), (Mode::Robust, 0.95)] {
        let mut world = World::new(7, Weather { loss_permille: 80, delay_ms: 20, jitter_ms: 10 });
        world.call_with(1, mode);
        world.run_for(Duration::from_secs(3));
        assert!(world.server_said(&Fact::Connected), "a handshake survives 8 % loss");
        world.caller_heard.clear();
        world.agent_says(1, 1, 5000);
        world.run_for(Duration::from_secs(6));
        let counts = world.callers.leg_counts(1).expect("alive");
        assert!(counts.traffic.lost > 10, "the loss must have happened: {counts:?}");
        let share = sounding_share(&world.caller_heard, 5000);
        assert!(share > floor && share < 1.03, "{mode:?}: {share}");
    }
}

#[test]
fn a_blackout_of_ten_seconds_ends_nothing() {
    let mut world = World::new(3, Weather { delay_ms: 5, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(1));
    world.swallow = true;
    world.run_for(Duration::from_secs(10));
    world.swallow = false;
    world.run_for(Duration::from_secs(3));
    world.server_heard.clear();
    world.caller_says(1, 1, 1000);
    world.run_for(Duration::from_secs(2));
    assert!((0.95..1.06).contains(&sounding_share(&world.server_heard, 1000)));
    assert!(!world.server_facts.iter().any(|(_, fact)| matches!(fact, Fact::Closed(_))));
}

#[test]
fn a_caller_whose_address_changes_in_mid_call_is_heard_and_hears_on_within_seconds() {
    for seed in 1..3 {
        let mut world = World::new(seed, Weather { delay_ms: 20, jitter_ms: 10, loss_permille: 10 });
        world.call(1);
        world.run_for(Duration::from_secs(2));
        for network in [2, 3, 4] {
            world.agent_says(1, u32::from(network), 9000);
            world.caller_says(1, u32::from(network), 9000);
            world.run_for(Duration::from_secs(1));
            world.network = network;
            world.run_for(Duration::from_secs(5)); // its next check takes up to 3 s
            world.server_heard.clear();
            world.caller_heard.clear();
            world.run_for(Duration::from_secs(2));
            let (heard, hears) = (sounding_share(&world.server_heard, 2000), sounding_share(&world.caller_heard, 2000));
            assert!(heard > 0.9, "seed {seed}, network {network}: the caller is heard: {heard}");
            assert!(hears > 0.9, "seed {seed}, network {network}: the caller hears: {hears}");
            world.run_for(Duration::from_secs(2));
        }
        assert!(!world.server_facts.iter().any(|(_, fact)| matches!(fact, Fact::Closed(_))));
    }
}

#[test]
fn whoever_never_connects_is_gone_after_fifteen_seconds() {
    let mut world = World::new(6, Weather::default());
    world.swallow = true;
    world.call(1);
    world.run_for(Duration::from_secs(14));
    assert_eq!(1, world.server.len());
    world.run_for(Duration::from_secs(2));
    assert_eq!(0, world.server.len());
    assert!(world.server_said(&Fact::Closed("never connected".into())));
    world.run_for(Duration::from_secs(30));
    assert_eq!((0, 0, 0), world.server.table_sizes());
}

#[test]
fn many_calls_share_one_socket_and_hear_only_their_own() {
    let mut world = World::new(8, Weather { delay_ms: 15, jitter_ms: 10, loss_permille: 5 });
    for id in 1..=20 {
        world.call(id);
    }
    world.run_for(Duration::from_secs(2));
    for id in 1..=20 {
        world.callers.order(world.now, id, Order::SendData(format!("I am {id}")));
    }
    world.run_for(Duration::from_secs(2));
    for id in 1..=20 {
        let said: Vec<&Fact> =
            world.server_facts.iter().filter(|(leg, f)| *leg == id && matches!(f, Fact::Data(_))).map(|(_, f)| f).collect();
        assert_eq!(vec![&Fact::Data(format!("I am {id}"))], said);
    }
}

#[test]
fn garbage_from_strangers_and_from_the_callers_own_address_is_discarded() {
    let mut world = World::new(9, Weather { delay_ms: 5, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(1));
    let server: SocketAddr = SERVER.parse().expect("an address");
    for i in 0..20_000_u64 {
        let length = (world.dice.next() % 200) as usize;
        let bytes: Vec<u8> = (0..length).map(|_| world.dice.next() as u8).collect();
        let source = if i % 2 == 0 { caller_address(1) } else { "192.0.2.7:9".parse().expect("an address") };
        world.server.datagram(world.now, Port::Shared, source, server, &bytes);
    }
    assert!(world.server.counts().strangers >= 9_900);
    world.caller_says(1, 1, 500);
    world.run_for(Duration::from_secs(1));
    assert!((0.95..1.1).contains(&sounding_share(&world.server_heard, 500)));
    assert_eq!(0, world.server.counts().panics);
}

#[test]
fn a_flood_of_messages_is_cut_to_its_limit() {
    let mut world = World::new(10, Weather { delay_ms: 2, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(1));
    for _ in 0..500 {
        world.callers.order(world.now, 1, Order::SendData("x".repeat(40)));
    }
    world.run_for(Duration::from_secs(1));
    let got = world.server_facts.iter().filter(|(_, fact)| matches!(fact, Fact::Data(_))).count();
    assert!((100..=200).contains(&got), "{got} of 500 within two seconds of the clock");
}

#[test]
fn the_order_of_orders_is_kept_across_the_data_channels_opening() {
    let mut world = World::new(11, Weather { delay_ms: 30, ..Weather::default() });
    world.call(1);
    for n in 0..5 {
        world.server.order(world.now, 1, Order::SendData(format!("{n}")));
    }
    world.run_for(Duration::from_secs(2));
    let got: Vec<String> = world
        .caller_facts
        .iter()
        .filter_map(|(_, fact)| match fact {
            Fact::Data(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(vec!["0", "1", "2", "3", "4"], got);
}

#[test]
fn a_goodbye_arrives_although_packets_are_lost() {
    for seed in 1..=12 {
        let mut world = World::new(seed, Weather { delay_ms: 20, ..Weather::default() });
        world.call(1);
        world.run_for(Duration::from_secs(1));
        world.weather.loss_permille = 400;
        world.server.order(world.now, 1, Order::SendData("bye".into()));
        world.server.order(world.now, 1, Order::Close("over".into()));
        world.run_for(Duration::from_secs(31));
        let heard = world.caller_facts.iter().any(|(_, fact)| *fact == Fact::Data("bye".into()));
        assert!(heard, "seed {seed}");
        assert_eq!(0, world.server.len(), "seed {seed}");
    }
}
