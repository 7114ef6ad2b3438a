//! Without keys, with the caller's address: what anybody on the network can send in its name.

use std::net::SocketAddr;
use std::time::Duration;

use super::budget::{Case, fuzz};
use super::mutate::{bytes, change, noise, pick};
use super::scene::{BYSTANDER, Scene, VICTIM};
use super::world::{Dice, caller_address, identity};

/// Inputs of one case: a call is set up for them in 15 ms of CPU, they take about as long.
const INPUTS: usize = 1000;

fn someone(dice: &mut Dice) -> SocketAddr {
    match dice.below(4) {
        0 => SocketAddr::from(([203, 0, 113, dice.below(256) as u8], 9)),
        _ => caller_address(VICTIM),
    }
}

/// Throw `INPUTS` of `make` at the server while the calls go on, and ask who noticed.
fn attack(case: &mut Case, scene: &mut Scene, unharmed: &[u64], mut make: impl FnMut(&mut Dice) -> Vec<u8>) {
    for n in 0..INPUTS {
        let input = make(&mut case.dice);
        case.tries(&input);
        scene.world.inject(someone(&mut case.dice), &input);
        scene.is_sane();
        if n % 50 == 49 {
            scene.world.run_for(Duration::from_millis(20));
        }
    }
    scene.ask(unharmed);
}

#[test]
fn rtp() {
    fuzz("stranger::rtp", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        let seeds = scene.seeds(|bytes| bytes[0] >= 128 && !(192..224).contains(&bytes[1]));
        attack(case, &mut scene, &[VICTIM, BYSTANDER], |dice| bytes(dice, &seeds));
    });
}

#[test]
fn rtcp() {
    fuzz("stranger::rtcp", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        let seeds = scene.seeds(|bytes| bytes[0] >= 128 && (192..224).contains(&bytes[1]));
        attack(case, &mut scene, &[VICTIM, BYSTANDER], |dice| bytes(dice, &seeds));
    });
}

#[test]
fn stun() {
    fuzz("stranger::stun", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        let seeds = scene.seeds(|bytes| bytes[0] < 4);
        // A recorded check or answer is signed and may be sent again; anything else must not be believed.
        attack(case, &mut scene, &[VICTIM, BYSTANDER], |dice| bytes(dice, &seeds));
    });
}

/// A STUN message of any attributes, signed with the password of the victim's leg.
fn signed(dice: &mut Dice, scene: &Scene, seeds: &[Vec<u8>]) -> Vec<u8> {
    let seed = pick(dice, seeds);
    let mut attributes: Vec<(u16, Vec<u8>)> = attributes(&seed[20..]);
    for _ in 0..1 + dice.below(6) {
        let at = dice.below(attributes.len());
        let Some((kind, value)) = attributes.get_mut(at) else { break };
        match dice.below(6) {
            0 => *kind = dice.next() as u16 & 0x80ff,
            1 => drop(attributes.remove(at)),
            2 => attributes.push(attributes[at].clone()),
            3 => {
                *value = {
                    let length = dice.below(600);
                    noise(dice, length)
                }
            }
            _ => change(dice, value, seed),
        }
    }
    let mut message = seed[..20].to_vec();
    if dice.chance(100) {
        message[1] = dice.next() as u8;
    }
    for (kind, value) in attributes {
        message.extend(kind.to_be_bytes());
        message.extend((value.len() as u16).to_be_bytes());
        message.extend(&value);
        message.resize(message.len().next_multiple_of(4), 0);
    }
    let covered = (message.len() - 20 + 24) as u16; // the length counts the signature itself (RFC 8489 14.5)
    message[2..4].copy_from_slice(&covered.to_be_bytes());
    let password = identity(0, VICTIM).credentials.pass;
    let signature = scene.world.ground.crypto.sha1_hmac_provider.sha1_hmac(password.as_bytes(), &[&message]);
    message.extend([0, 8, 0, 20]);
    message.extend(signature);
    message
}

fn attributes(mut bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut found = Vec::new();
    while let [a, b, c, d, rest @ ..] = bytes {
        let (kind, length) = (u16::from_be_bytes([*a, *b]), usize::from(u16::from_be_bytes([*c, *d])));
        if kind != 8 && kind != 0x8028 {
            found.push((kind, rest[..length].to_vec()));
        }
        bytes = &rest[length.next_multiple_of(4).min(rest.len())..];
    }
    found
}

#[test]
fn signed_stun() {
    fuzz("stranger::signed_stun", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        let seeds = scene.seeds(|bytes| bytes[..2] == [0, 1]);
        for n in 0..INPUTS {
            let input = signed(&mut case.dice, &scene, &seeds);
            case.tries(&input);
            scene.world.inject(someone(&mut case.dice), &input);
            scene.is_sane();
            if n % 50 == 49 {
                scene.world.run_for(Duration::from_millis(20));
            }
        }
        scene.ask(&[BYSTANDER]); // whoever signs such checks has itself to blame
    });
}
