//! Calls from networks that block UDP, over a virtual network. The connections themselves are tried in `tcp/tests`.

mod world;

use std::time::Duration;

use media::addresses::Notice;
use media::fact::Fact;
use media::peer::Peer;
use media::session::{Options, Session};
use world::{SERVER, Weather, World, address_in, identity, sounding_share};

fn world(seed: u64) -> World {
    let mut world = World::new(seed, Weather { delay_ms: 20, jitter_ms: 10, ..Weather::default() });
    world.ground.tcp = vec![SERVER.parse().expect("an address")];
    world
}

/// Both talk for a second, and hear each other.
fn assert_talk(world: &mut World, what: &str) {
    world.forget();
    world.agent_says(1, 7, 1000);
    world.caller_says(1, 7, 1000);
    world.run_for(Duration::from_millis(1500));
    let (heard, hears) = (sounding_share(&world.server_heard, 1000), sounding_share(&world.caller_heard, 1000));
    assert!((0.9..1.1).contains(&heard) && (0.9..1.1).contains(&hears), "{what}: heard {heard}, hears {hears}");
}

#[test]
fn the_answer_offers_tcp_beside_udp_and_below_it() {
    let world = world(1);
    let (_, offer) = world.offer(1);
    let udp = ["10.0.0.1:4000".parse().expect("an address")];
    let options = Options::default();
    let (_, answer) = Session::answer(&world.ground, identity(0, 1), &options, &udp, &offer, world.now).expect("an answer");
    let priority = |kind: &str| {
        let line = answer.lines().find(|line| line.starts_with("a=candidate:") && line.contains(kind)).expect(kind);
        line.split(' ').nth(3).and_then(|number| number.parse::<u32>().ok()).expect("a priority")
    };
    assert!(priority(" udp ") > priority(" tcp "));
    assert!(answer.contains(" tcptype passive"));
    assert!(!offer.contains(" tcp "), "whoever dials waits for no connection");
}

#[test]
fn a_call_over_tcp_talks_and_lets_its_connections_go() {
    let mut world = world(2);
    world.udp_blocked = true;
    world.call(1);
    world.run_for(Duration::from_secs(1));
    assert!(world.server_said(&Fact::Connected) && world.server_said(&Fact::DataOpened));
    assert_talk(&mut world, "over TCP");
    assert_eq!(vec![Notice::Vouched(address_in(1, 1))], world.server.take_notices());
    world.server.order(world.now, 1, media::session::Order::Close("goodbye".into()));
    world.run_for(Duration::from_secs(1));
    assert_eq!(vec![Notice::Done(address_in(1, 1))], world.server.take_notices());
    world.run_for(Duration::from_secs(30));
    assert_eq!((0, 0, 0), world.server.table_sizes(), "nothing is left of it");
}

#[test]
fn a_call_whose_network_begins_to_block_udp_goes_on_over_tcp() {
    for seed in 1..4 {
        let mut world = world(seed);
        world.call(1);
        world.run_for(Duration::from_secs(2));
        assert_talk(&mut world, "over UDP");
        world.udp_blocked = true;
        world.run_for(Duration::from_secs(6)); // the caller's next check takes up to 3 s
        assert_talk(&mut world, "over TCP");
        assert!(!world.server_facts.iter().any(|(_, fact)| matches!(fact, Fact::Closed(_))));
    }
}

#[test]
fn a_connection_that_breaks_does_not_end_the_call_and_the_next_one_carries_it_on() {
    let mut world = world(5);
    world.udp_blocked = true;
    world.call(1);
    world.run_for(Duration::from_secs(2));
    world.swallow = true;
    world.server.hung_up(address_in(1, 1));
    world.run_for(Duration::from_secs(3));
    (world.swallow, world.network) = (false, 2);
    world.run_for(Duration::from_secs(6));
    assert_talk(&mut world, "over another connection");
    assert!(!world.server_facts.iter().any(|(_, fact)| matches!(fact, Fact::Closed(_))));
}

#[test]
fn an_ice_restart_over_tcp_is_answered_and_the_call_goes_on() {
    let mut world = world(6);
    world.udp_blocked = true;
    world.call(1);
    world.run_for(Duration::from_secs(2));
    world.restart(1).expect("answered");
    world.run_for(Duration::from_secs(3));
    assert_talk(&mut world, "after the restart");
}

#[test]
fn strangers_over_tcp_are_counted_and_forgotten() {
    let mut world = world(7);
    world.udp_blocked = true;
    world.call(1);
    world.run_for(Duration::from_secs(1));
    let tables = world.server.table_sizes();
    world.server.take_notices();
    for port in 1..1000 {
        let stranger = Peer::tcp(std::net::SocketAddr::from(([192, 0, 2, 7], port)));
        let server = SERVER.parse().expect("an address");
        world.server.datagram(world.now, media::shard::Port::Tcp, stranger.address, server, &[0, 1, 0, 0, 7]);
    }
    assert_eq!((999, tables), (world.server.counts().strangers, world.server.table_sizes()));
    assert_eq!(Vec::<Notice>::new(), world.server.take_notices());
}
