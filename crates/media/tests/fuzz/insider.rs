//! With the keys of one call: what a caller who means harm can seal. Its own call may suffer for it; nobody else's.

use std::time::Duration;

use media::order::Order;

use super::budget::{Case, fuzz};
use super::mutate::{bytes, change, noise, pick};
use super::scene::{BYSTANDER, Scene, VICTIM};
use super::world::hostile::Hostile;
use super::world::{Dice, caller_address};

/// Inputs of one case: more would find the call already ended by the first.
const INPUTS: usize = 500;
/// Records that are sent at once. DTLS refuses a datagram of more than eight of them, and to queue more than ten datagrams.
const TOGETHER: usize = 5;

/// Send what `make` makes; the world goes on after every `together` of them.
fn attack(case: &mut Case, scene: &mut Scene, together: usize, mut make: impl FnMut(&mut Dice) -> Option<Vec<u8>>) {
    for n in 0..INPUTS {
        let Some(sealed) = make(&mut case.dice) else { continue };
        case.tries(&sealed);
        scene.world.inject(caller_address(VICTIM), &sealed);
        scene.is_sane();
        if n % together == together - 1 {
            scene.world.run_for(Duration::from_millis(20));
        }
    }
    scene.ask(&[BYSTANDER]);
}

/// What came last over the wire, for its header: the source, the payload type and the numbers that are in use.
fn headers(scene: &Scene) -> Vec<Vec<u8>> {
    let seeds = scene.seeds(|bytes| bytes[0] >= 128 && !(192..224).contains(&bytes[1]));
    seeds.into_iter().map(|bytes| bytes[..header_length(&bytes)].to_vec()).collect()
}

fn header_length(packet: &[u8]) -> usize {
    if packet[0] & 0x10 == 0 { 12 } else { 16 + 4 * usize::from(u16::from_be_bytes([packet[14], packet[15]])) }
}

/// Opus of every configuration, telephone events, RED of them (RFC 2198), padding, and noise.
fn payload(dice: &mut Dice) -> Vec<u8> {
    let length = dice.below(200);
    let mut payload = noise(dice, length);
    match dice.below(6) {
        0 => payload = vec![dice.below(20) as u8, (dice.next() >> 8) as u8, 3, 32],
        1 => drop(payload.splice(..0, [dice.next() as u8 | 3, 0xff])), // code 3 of Opus: many frames, with padding
        2 => drop(payload.splice(..0, [0xef, 0x0f, 0xff, 0xff, 0x6f])), // a redundant block longer than the packet
        3 => payload.extend([0, 0, dice.next() as u8]),                // a padding count at the end
        4 => payload.resize(1400, 0),
        _ => {}
    }
    payload
}

#[test]
fn rtp() {
    fuzz("insider::rtp", |case| {
        let (mut scene, hostile) = Scene::with_insider(case.dice.next());
        let seeds = headers(&scene);
        let mut sequence = u16::from_be_bytes([seeds[0][2], seeds[0][3]]);
        attack(case, &mut scene, 25, |dice| {
            let mut header = pick(dice, &seeds).clone();
            sequence = if dice.chance(50) { dice.next() as u16 } else { sequence.wrapping_add(dice.below(4) as u16) };
            header[2..4].copy_from_slice(&sequence.to_be_bytes());
            if dice.chance(300) {
                header[1] = *pick(dice, &[110, 0xee, 111, 0xef, 63, 0, 96, 101, 13]);
            }
            for _ in 0..dice.below(3) {
                change(dice, &mut header, &seeds[0]);
            }
            header.resize(header.len().max(12), 0);
            header[0] = header[0] & 0x3f | 0x80; // else it is no RTP
            hostile.rtp(&header, &payload(dice))
        });
    });
}

/// One RTCP packet (RFC 3550 6, RFC 4585 6, RFC 3611 2), its length right more often than not.
fn report(dice: &mut Dice, sources: &[[u8; 4]]) -> Vec<u8> {
    let kind = *pick(dice, &[200, 201, 202, 203, 204, 205, 206, 207, 192, 208]);
    let count = dice.below(32) as u8;
    let length = 4 * dice.below(40);
    let mut body = noise(dice, length);
    for place in 0..body.len() / 4 {
        if dice.chance(250) {
            body[4 * place..][..4].copy_from_slice(&sources[dice.below(sources.len())]);
        }
    }
    let words = if dice.chance(850) { (4 + 4 + body.len()) / 4 - 1 } else { dice.below(65_536) };
    let mut packet = vec![0x80 | count, kind];
    packet.extend((words as u16).to_be_bytes());
    packet.extend(pick(dice, sources));
    packet.extend(body);
    packet
}

#[test]
fn rtcp() {
    fuzz("insider::rtcp", |case| {
        let (mut scene, hostile) = Scene::with_insider(case.dice.next());
        let theirs = headers(&scene)[0][8..12].try_into().expect("four bytes");
        let sources = [theirs, [0; 4], [0xff; 4], [1, 2, 3, 4]];
        attack(case, &mut scene, 10, |dice| {
            let mut compound: Vec<u8> = (0..1 + dice.below(5)).flat_map(|_| report(dice, &sources)).collect();
            if dice.chance(300) {
                change(dice, &mut compound, &[0; 8]);
            }
            compound.truncate(1300);
            hostile.rtcp(&compound)
        });
    });
}

/// The checksum of SCTP (RFC 9260, appendix A), over the packet with zeros in its place.
fn with_checksum(mut packet: Vec<u8>) -> Vec<u8> {
    if packet.len() >= 12 {
        packet[8..12].fill(0);
        let mut crc = u32::MAX;
        for byte in &packet {
            crc ^= u32::from(*byte);
            (0..8).for_each(|_| crc = crc >> 1 ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()));
        }
        packet[8..12].copy_from_slice(&(!crc).to_le_bytes());
    }
    packet
}

/// A packet of chunks from seeds and of chunks nobody sends, on the association that the seeds belong to.
fn chunks(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut packet = pick(dice, seeds).clone();
    for _ in 0..dice.below(4) {
        let kind = *pick(dice, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 64, 130, 192, 193, 255]);
        let length = dice.below(120);
        let value = noise(dice, length);
        packet.extend([kind, dice.next() as u8]);
        packet.extend((value.len() as u16 + 4).to_be_bytes());
        packet.extend(&value);
        packet.resize(packet.len().next_multiple_of(4), 0);
    }
    for _ in 0..dice.below(6) {
        let other = pick(dice, seeds).clone();
        let kept: [u8; 8] = packet.first_chunk().copied().unwrap_or_default(); // ports and verification tag
        change(dice, &mut packet, &other);
        if dice.chance(900) && packet.len() >= 8 {
            packet[..8].copy_from_slice(&kept);
        }
    }
    packet.truncate(1150); // one record, one datagram
    with_checksum(packet)
}

#[test]
fn sctp() {
    fuzz("insider::sctp", |case| {
        let (mut scene, hostile) = Scene::with_insider(case.dice.next());
        let seeds = hostile.spoken();
        assert!(seeds.len() > 2, "the data channel's opening is there to change");
        for n in 0..INPUTS {
            let input = chunks(&mut case.dice, &seeds);
            case.tries(&input);
            hostile.plant(input);
            if n % TOGETHER == TOGETHER - 1 {
                deliver(&mut scene);
                scene.is_sane();
            }
        }
        scene.ask(&[BYSTANDER]);
    });
}

/// Let the honest half say something, for what was planted leaves before it.
fn deliver(scene: &mut Scene) {
    scene.world.callers.order(scene.world.now, VICTIM, Order::SendData("and this".into()));
    scene.world.run_for(Duration::from_millis(20));
}

/// What need not even look like SCTP: seeds without a checksum put right.
#[test]
fn dtls_records() {
    fuzz("insider::dtls_records", |case| {
        let (mut scene, hostile) = Scene::with_insider(case.dice.next());
        let seeds: Vec<Vec<u8>> = hostile.spoken();
        for n in 0..INPUTS {
            let mut input = bytes(&mut case.dice, &seeds);
            input.truncate(1150);
            case.tries(&input);
            hostile.plant(input);
            if n % TOGETHER == TOGETHER - 1 {
                deliver(&mut scene);
                scene.is_sane();
            }
        }
        scene.ask(&[BYSTANDER]);
    });
}

/// Whether planted packets arrive at all, so that the targets above are not aimed at nothing.
#[test]
fn what_an_insider_seals_is_taken_for_authentic() {
    let (mut scene, hostile): (Scene, Hostile) = Scene::with_insider(1);
    let received = |scene: &Scene| scene.world.server.leg_counts(VICTIM).expect("alive").traffic.received;
    let mut header = headers(&scene).last().expect("a header").clone();
    let sequence = u16::from_be_bytes([header[2], header[3]]).wrapping_add(40);
    header[2..4].copy_from_slice(&sequence.to_be_bytes());
    let before = received(&scene);
    scene.world.inject(caller_address(VICTIM), &hostile.rtp(&header, &[0xf8, 0xff, 0xfe]).expect("keys"));
    assert_eq!(before + 1, received(&scene));
    // Heartbeats are answered one by one (RFC 9260 8.3).
    let sent = |scene: &Scene| scene.world.sent_to[&caller_address(VICTIM)].beyond_checks;
    let before = sent(&scene);
    let mut heartbeat = hostile.spoken().last().expect("SCTP was spoken")[..12].to_vec();
    heartbeat.extend([4, 0, 0, 8, 0, 1, 0, 4]);
    for _ in 0..TOGETHER {
        hostile.plant(with_checksum(heartbeat.clone()));
    }
    deliver(&mut scene);
    let answers = sent(&scene) - before;
    assert!(answers >= TOGETHER, "{answers}");
}
