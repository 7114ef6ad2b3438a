//! DTLS in the caller's name: before, during and after its handshake.

use std::time::Duration;

use media::fact::{Fact, LegId};
use media::order::Order;

use super::budget::fuzz;
use super::mutate::bytes;
use super::scene::{BYSTANDER, Scene, VICTIM};
use super::world::{caller_address, server_address};

/// A leg that nobody has answered for yet.
const NEWCOMER: LegId = 3;
const INPUTS: usize = 1000;

/// Seeds: every record of an honest handshake, and alerts in the clear: close_notify and a fatal one.
fn records(scene: &Scene) -> Vec<Vec<u8>> {
    let mut records = scene.seeds(|bytes| (20..64).contains(&bytes[0]));
    for alert in [[1, 0], [2, 40]] {
        records.push([&[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2][..], &alert].concat());
    }
    records
}

#[test]
fn after() {
    fuzz("handshake::after", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        let seeds = records(&scene);
        for n in 0..INPUTS {
            let input = bytes(&mut case.dice, &seeds);
            case.tries(&input);
            scene.world.inject(caller_address(VICTIM), &input);
            scene.is_sane();
            if n % 25 == 24 {
                scene.world.run_for(Duration::from_millis(20));
            }
        }
        scene.ask(&[VICTIM, BYSTANDER]);
    });
}

/// Records of another handshake, changed, in the middle of one: it may fail, as it may when the network does; it may not connect to
/// the wrong peer, and the others go on.
#[test]
fn during() {
    fuzz("handshake::during", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        let seeds = records(&scene);
        scene.world.weather.delay_ms = 5;
        scene.world.call(NEWCOMER);
        for _ in 0..INPUTS {
            let input = bytes(&mut case.dice, &seeds);
            case.tries(&input);
            scene.world.inject(caller_address(NEWCOMER), &input);
            if case.dice.chance(500) {
                let to = media::shard::Port::Own(NEWCOMER);
                scene.world.callers.datagram(scene.world.now, to, server_address(), caller_address(NEWCOMER), &input);
            }
            scene.is_sane();
            assert_eq!(0, scene.world.callers.counts().panics, "the calling side panicked");
            if case.dice.chance(200) {
                scene.world.run_for(Duration::from_millis(1));
            }
        }
        scene.world.run_for(Duration::from_secs(20));
        let said =
            |wanted: fn(&Fact) -> bool| scene.world.server_facts.iter().any(|(leg, fact)| *leg == NEWCOMER && wanted(fact));
        let (connected, ended) = (said(|fact| *fact == Fact::Connected), said(|fact| matches!(fact, Fact::Closed(_))));
        assert!(connected || ended, "it is neither here nor there");
        scene.world.server.order(scene.world.now, NEWCOMER, Order::Close("enough".into()));
        scene.world.run_for(Duration::from_secs(1));
        scene.ask(&[VICTIM, BYSTANDER]);
    });
}
