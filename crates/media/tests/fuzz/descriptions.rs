//! Session descriptions and trickled candidates: the first thing a caller says, and the largest.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use media::fact::LegId;
use media::named::Named;
use media::order::Order;
use media::sdp;
use media::session::{Options, Session};
use media::shard::Port;
use str0m::change::SdpOffer;

use super::budget::fuzz;
use super::mutate::{bytes, lines};
use super::scene::{BYSTANDER, Scene, VICTIM};
use super::world::{World, identity, server_address};

const STRANGER: u64 = 3;
/// Most changes are refused quickly; an answer takes 2 ms.
const INPUTS: usize = 400;
/// One in so many of those that can be read is answered and run.
const ANSWERED: usize = 2;
/// Legs that stay for a while: ICE begins with the first of them and goes on by the clock.
const AT_ONCE: usize = 16;

/// Offers as Chromium, Firefox, aiortc and this core write them.
fn offers(world: &World) -> Vec<String> {
    let mut offers: Vec<String> = CORPUS.iter().map(|offer| (*offer).to_owned()).collect();
    offers.push(world.offer(STRANGER).1);
    offers
}

const CORPUS: [&str; 4] = [
    include_str!("corpus/chromium.sdp"),
    include_str!("corpus/chromium_with_video.sdp"),
    include_str!("corpus/firefox.sdp"),
    include_str!("corpus/aiortc.sdp"),
];

#[test]
fn the_corpus_is_served() {
    let world = World::new(1, super::world::Weather::default());
    for offer in offers(&world) {
        let made = Session::answer(&world.ground, identity(0, 3), &Options::default(), &[server_address()], &offer, world.now);
        assert!(made.is_ok(), "{:?}", made.err());
    }
}

#[test]
fn offer() {
    fuzz("descriptions::offer", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        let seeds = offers(&scene.world);
        let mut answered = Vec::with_capacity(AT_ONCE);
        for n in 0..INPUTS {
            let offer = lines(&mut case.dice, &seeds);
            case.tries(offer.as_bytes());
            let readable =
                sdp::admit(&offer, &mut Named::default()).is_ok_and(|admitted| SdpOffer::from_sdp_string(&admitted).is_ok());
            if !readable || n % ANSWERED != 0 {
                continue;
            }
            let (ground, now, id) = (&scene.world.ground, scene.world.now, STRANGER + n as u64);
            let local = [server_address()];
            let answer = || Session::answer(ground, identity(0, id), &Options::default(), &local, &offer, now);
            let Ok((session, answer)) = catch_unwind(AssertUnwindSafe(answer)).expect("it answers or refuses") else {
                continue;
            };
            assert!(answer.contains("a=fingerprint:sha-256 ") && sdp::agreed_audio(&answer).is_ok());
            scene.world.server.adopt(now, id, Port::Shared, Box::new(session));
            answered.push(id);
            if answered.len() == AT_ONCE {
                see_off(&mut scene, &mut answered);
            }
        }
        see_off(&mut scene, &mut answered);
        scene.world.run_for(Duration::from_secs(1));
        scene.ask(&[VICTIM, BYSTANDER]);
    });
}

/// Let these legs live for a moment, and close them.
fn see_off(scene: &mut Scene, legs: &mut Vec<LegId>) {
    scene.world.run_for(Duration::from_millis(200));
    scene.is_sane();
    for leg in legs.drain(..) {
        scene.world.server.order(scene.world.now, leg, Order::Close("enough".into()));
    }
}

/// Offers of ours in one case: each costs as much as an answer.
const ANSWERS: u64 = 40;

/// The far end of a call of ours may answer anything.
#[test]
fn answer() {
    fuzz("descriptions::answer", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        for n in 0..ANSWERS {
            let id = STRANGER + n;
            let (dialling, offer) = scene.world.offer(id);
            let seeds = [scene.world.answer(id, &offer), CORPUS[0].replace("actpass", "active")];
            let answer = lines(&mut case.dice, &seeds);
            case.tries(answer.as_bytes());
            let accepted = catch_unwind(AssertUnwindSafe(|| dialling.accept(&answer)));
            if let Ok(session) = accepted.expect("it accepts or refuses") {
                scene.world.callers.adopt(scene.world.now, id, Port::Own(id), Box::new(session));
            }
        }
        scene.world.run_for(Duration::from_secs(1));
        assert_eq!(0, scene.world.callers.counts().panics, "the calling side panicked");
        for id in STRANGER..STRANGER + ANSWERS {
            scene.world.server.order(scene.world.now, id, Order::Close("enough".into()));
        }
        scene.world.run_for(Duration::from_secs(1));
        scene.ask(&[VICTIM, BYSTANDER]);
    });
}

#[test]
fn candidate() {
    fuzz("descriptions::candidate", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        let seeds: Vec<Vec<u8>> = [
            "candidate:1 1 udp 2113937151 192.0.2.1 54400 typ host generation 0 ufrag abcd network-cost 999",
            "candidate:2 1 udp 1677729535 203.0.113.1 3478 typ srflx raddr 10.0.0.1 rport 9 generation 0",
            "a=candidate:3 1 tcp 1518280447 2001:db8::1 9 typ host tcptype active",
            "candidate:4 2 UDP 1 0a1b2c3d-0000-4000-8000-123456789abc.local 9 typ relay raddr 0.0.0.0 rport 0",
        ]
        .map(|line| line.as_bytes().to_vec())
        .to_vec();
        for _ in 0..1000 {
            let input = bytes(&mut case.dice, &seeds);
            case.tries(&input);
            let line = String::from_utf8_lossy(&input).into_owned();
            scene.world.server.order(scene.world.now, VICTIM, Order::AddCandidate(line));
            scene.is_sane();
        }
        scene.ask(&[VICTIM, BYSTANDER]);
    });
}
