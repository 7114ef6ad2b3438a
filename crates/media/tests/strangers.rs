//! What the network may send without being asked: nobody's voice is heard, kept or moved by it, and little leaves for it.

mod world;

use std::net::SocketAddr;
use std::time::Duration;

use media::codec::{Encoder, Format};
use media::fact::Fact;
use media::limits;
use media::order::Order;
use media::session::{Dialling, Ground, Options, Session};
use media::setup::Identity;
use str0m::ice::{StunMessage, TransId};

use world::hostile::Hostile;
use world::{Weather, World, caller_address, identity, server_address, sounding_share, tone};

/// Checks that str0m sends to an address that never answers: it gives up after nine repetitions at most (measured: 7 to 9 in all).
const CHECKS_OF_ONE_PAIR: usize = 10;
/// Bytes of a check of ours.
const LARGEST_CHECK: usize = 112;

fn calm() -> Weather {
    Weather { delay_ms: 5, ..Weather::default() }
}

/// A world in which caller 1 talks.
fn in_call(seed: u64) -> World {
    let mut world = World::new(seed, calm());
    world.call(1);
    world.run_for(Duration::from_secs(1));
    assert!(world.server_said(&Fact::Connected));
    world
}

fn closed(world: &World, leg: u64) -> Option<String> {
    world.server_facts.iter().find_map(|(id, fact)| match fact {
        Fact::Closed(reason) if *id == leg => Some(reason.clone()),
        _ => None,
    })
}

/// A connectivity check to the server's leg `id`, signed with `password`.
fn check(ground: &Ground, id: u64, password: &str, nominate: bool) -> Vec<u8> {
    let names = (identity(0, id).credentials.ufrag, identity(9, id).credentials.ufrag);
    let user = format!("{}:{}", names.0, names.1);
    let message = StunMessage::binding_request(&user, TransId::new(), true, 1 << 60, 1_862_270_975, nominate);
    let mut bytes = vec![0; 256];
    let sign = |key: &[u8], parts: &[&[u8]]| ground.crypto.sha1_hmac_provider.sha1_hmac(key, parts);
    let length = message.to_bytes(Some(password.as_bytes()), &mut bytes, sign).expect("it fits");
    bytes.truncate(length);
    bytes
}

fn own_password(id: u64) -> String {
    let Identity { credentials, .. } = identity(0, id);
    credentials.pass
}

fn elsewhere(n: u16) -> SocketAddr {
    SocketAddr::from(([203, 0, (n >> 8) as u8, n as u8], 9))
}

fn is_rtp(bytes: &[u8]) -> bool {
    bytes.len() > 12 && (128..192).contains(&bytes[0]) && !(192..224).contains(&bytes[1])
}

fn is_report(bytes: &[u8]) -> bool {
    bytes.len() > 12 && (128..192).contains(&bytes[0]) && (192..224).contains(&bytes[1])
}

/// The description with another certificate's fingerprint.
fn with_another_fingerprint(sdp: &str) -> String {
    let (before, after) = sdp.split_once("a=fingerprint:sha-256 ").expect("a fingerprint");
    let other = if after.starts_with("00") { "11" } else { "00" };
    format!("{before}a=fingerprint:sha-256 {other}{}", &after[2..])
}

#[test]
fn who_shows_another_certificate_than_the_descriptions_is_never_connected_nor_heard() {
    for (offer_lies, answer_lies) in [(true, false), (false, true), (false, false)] {
        let mut world = World::new(1, calm());
        let (dialling, offer) = world.offer(1);
        let offer = if offer_lies { with_another_fingerprint(&offer) } else { offer };
        let answer = world.answer(1, &offer);
        let answer = if answer_lies { with_another_fingerprint(&answer) } else { answer };
        world.accept(1, dialling, &answer);
        world.caller_says(1, 1, 3000);
        world.agent_says(1, 1, 3000);
        world.run_for(Duration::from_secs(20));
        let connected = |facts: &[(u64, Fact)]| facts.contains(&(1, Fact::Connected));
        let honest = !offer_lies && !answer_lies;
        assert_eq!(honest, connected(&world.server_facts) && connected(&world.caller_facts));
        assert!(offer_lies || answer_lies || !world.server_heard.is_empty());
        if offer_lies {
            assert!(!connected(&world.server_facts) && world.server_heard.is_empty());
        }
        if answer_lies {
            assert!(!connected(&world.caller_facts) && world.caller_heard.is_empty());
        }
        assert_eq!(honest, closed(&world, 1).is_none());
    }
}

/// The first caller's call with a user fragment of so many bytes.
fn offer_named(world: &World, bytes: usize) -> (Dialling, String) {
    let mut named = identity(9, 1);
    named.credentials.ufrag = "u".repeat(bytes);
    Session::offer(&world.caller_ground, named, &world.caller_options, &[caller_address(1)], world.now).expect("an offer")
}

#[test]
fn a_caller_with_the_longest_user_fragment_is_connected_and_a_longer_one_refused() {
    let mut world = World::new(7, calm());
    let (dialling, offer) = offer_named(&world, limits::UFRAG_BYTES);
    let answer = world.answer(1, &offer);
    world.accept(1, dialling, &answer);
    world.run_for(Duration::from_secs(2));
    assert!(world.server_said(&Fact::Connected) && world.server.counts().panics == 0);
    let (_, longer) = offer_named(&world, limits::UFRAG_BYTES + 1);
    let made = Session::answer(&world.ground, identity(0, 2), &Options::default(), &[server_address()], &longer, world.now);
    assert!(made.is_err_and(|error| error.0.contains("115 bytes; at most 114 are served")));
}

#[test]
fn a_packet_is_heard_once_however_often_it_is_sent_again() {
    let mut world = World::new(2, calm());
    world.overheard = Some(Vec::new());
    world.call(1);
    world.caller_says(1, 1, 3000);
    world.run_for(Duration::from_millis(3500));
    let overheard = world.overheard.take().expect("listened");
    let voice: Vec<_> = overheard.iter().filter(|(_, bytes)| is_rtp(bytes)).collect();
    assert!(voice.len() > 150, "{} packets are there to send again", voice.len());
    let (heard, counts) = (world.server_heard.len(), world.server.leg_counts(1).expect("alive"));
    let mut another = voice[0].1.clone();
    another[11] ^= 1; // not authentic, but str0m goes over to another source before it knows that
    for (source, bytes) in &voice {
        world.inject(*source, &another);
        world.inject(*source, bytes);
    }
    world.run_for(Duration::from_millis(100));
    let after = world.server.leg_counts(1).expect("alive");
    assert!(after.traffic.received - counts.traffic.received <= 6, "the caller's own of 100 ms");
    assert_eq!(counts.traffic.duplicate, after.traffic.duplicate, "not even the reorder window saw them");
    assert!(world.server_heard.len() - heard <= 6 * 640);
}

#[test]
fn voice_is_sealed_with_aes_256_gcm_in_both_directions() {
    let mut world = World::new(3, calm());
    let (hostile, ground) = Hostile::on(&world.ground);
    world.caller_ground = ground;
    world.call(1);
    world.run_for(Duration::from_secs(1));
    assert!(world.server_said(&Fact::Connected));
    let profiles = hostile.profiles();
    assert!(!profiles.is_empty() && profiles.iter().all(|profile| *profile == "AEAD_AES_256_GCM"), "{profiles:?}");
}

#[test]
fn what_only_looks_like_the_caller_keeps_no_call_alive() {
    let mut world = in_call(4);
    world.overheard = Some(Vec::new());
    world.caller_says(1, 1, 1000);
    world.run_for(Duration::from_secs(6));
    let before: Vec<_> = world.overheard.take().expect("listened");
    assert!(before.iter().any(|(_, bytes)| is_report(bytes)) && before.iter().any(|(_, bytes)| bytes[0] == 0));
    world.swallow = true; // the caller is gone
    let mut alive = 0_u64;
    while closed(&world, 1).is_none() && alive < 60 {
        for (source, bytes) in before.iter().filter(|(_, bytes)| is_rtp(bytes) || is_report(bytes)) {
            world.inject(*source, bytes);
        }
        let forged = check(&world.ground, 1, "a guess of twenty-two c", false);
        world.inject(caller_address(1), &forged);
        world.run_for(Duration::from_secs(1));
        alive += 1;
    }
    assert_eq!(Some("vanished".to_owned()), closed(&world, 1));
    let patience = limits::SILENT_TIMEOUT.as_secs();
    assert!((patience - 1..=patience + 1).contains(&alive), "{alive} s");
}

#[test]
fn a_check_that_is_not_signed_moves_nobody() {
    let mut world = in_call(5);
    let sizes = world.server.table_sizes();
    let stranger = elsewhere(1);
    let forged = check(&world.ground, 1, "not the password of it", true);
    for _ in 0..100 {
        world.inject(stranger, &forged);
    }
    world.agent_says(1, 1, 1000);
    world.run_for(Duration::from_secs(2));
    assert_eq!(None, world.sent_to.get(&stranger), "nobody answers it");
    assert_eq!(sizes.0, world.server.table_sizes().0);
    assert!((0.95..1.08).contains(&sounding_share(&world.caller_heard, 1000)), "the voice goes where it went");
}

#[test]
fn a_check_sent_again_from_elsewhere_gets_checks_and_no_voice() {
    let mut world = World::new(6, calm());
    world.overheard = Some(Vec::new());
    world.call(1);
    world.run_for(Duration::from_secs(1));
    let overheard = world.overheard.take().expect("listened");
    let stranger = elsewhere(1);
    let checks: Vec<_> = overheard.iter().filter(|(_, bytes)| bytes[..2] == [0, 1]).collect();
    assert!(!checks.is_empty());
    for (_, bytes) in &checks {
        world.inject(stranger, bytes);
    }
    world.agent_says(1, 1, 1000);
    world.run_for(Duration::from_secs(60));
    let left = world.sent_to[&stranger];
    assert!(left.datagrams <= checks.len() + CHECKS_OF_ONE_PAIR && left.beyond_checks == 0, "{left:?}");
    assert!((0.95..1.08).contains(&sounding_share(&world.caller_heard, 1000)), "the voice goes where it went");
}

#[test]
fn before_consent_a_stranger_gets_nothing() {
    let mut world = World::new(7, calm());
    world.overheard = Some(Vec::new());
    world.call(2);
    world.run_for(Duration::from_secs(2));
    let wire = world.overheard.take().expect("listened");
    for (n, (_, bytes)) in wire.iter().enumerate().filter(|(_, (_, bytes))| bytes[0] > 3) {
        world.inject(elsewhere(n as u16), bytes);
    }
    world.run_for(Duration::from_secs(2));
    assert!(world.sent_to.keys().all(|to| *to == caller_address(2)), "{:?}", world.sent_to.keys());
}

#[test]
fn addresses_a_caller_names_get_a_bounded_number_of_checks() {
    let mut world = World::new(8, calm());
    world.swallow = true; // none of them answers, nor does the caller
    let (_, offer) = world.offer(1);
    let line = |n| format!("candidate:{n} 1 udp 2113937151 {} 9 typ host", elsewhere(n).ip());
    let named: String = (0..500).map(|n| format!("a={}\r\n", line(n))).collect();
    world.answer(1, &format!("{offer}{named}"));
    for n in 500..1000 {
        world.server.order(world.now, 1, Order::AddCandidate(line(n)));
    }
    world.run_for(Duration::from_secs(60));
    assert_eq!(0, world.server.len());
    assert_eq!(limits::REMOTE_CANDIDATES, world.sent_to.len());
    for (to, volume) in &world.sent_to {
        assert!(volume.datagrams <= CHECKS_OF_ONE_PAIR && volume.beyond_checks == 0, "{to}: {volume:?}");
        assert!(volume.bytes <= CHECKS_OF_ONE_PAIR * LARGEST_CHECK, "{to}: {volume:?}");
    }
}

#[test]
fn addresses_a_caller_pretends_to_have_get_a_bounded_number_of_checks() {
    let mut world = in_call(9);
    let honest = world.sent_to.clone();
    let addresses = world.server.table_sizes().0;
    for n in 0..2000 {
        let signed = check(&world.ground, 1, &own_password(1), n % 2 == 0);
        world.inject(elsewhere(n), &signed);
    }
    world.run_for(Duration::from_secs(60));
    world.sent_to.retain(|to, _| !honest.contains_key(to));
    assert!((1..=limits::CHECKED_ADDRESSES).contains(&world.sent_to.len()), "{} addresses", world.sent_to.len());
    for (to, volume) in &world.sent_to {
        assert!(volume.datagrams <= 1 + CHECKS_OF_ONE_PAIR && volume.beyond_checks == 0, "{to}: {volume:?}");
    }
    assert!(world.server.table_sizes().0 <= addresses + limits::CHECKED_ADDRESSES);
    assert!(world.server.leg_counts(1).expect("alive").refused_input >= 1900);
    world.server_heard.clear();
    world.caller_says(1, 1, 1000);
    world.run_for(Duration::from_secs(2));
    assert!((0.95..1.1).contains(&sounding_share(&world.server_heard, 1000)), "and the call goes on");
}

#[test]
fn a_packet_with_a_forged_source_silences_nobody() {
    let mut world = World::new(11, calm());
    world.overheard = Some(Vec::new());
    world.call(1);
    world.run_for(Duration::from_secs(5)); // long enough for a sender to stop naming its m-line in every packet
    let overheard = world.overheard.take().expect("listened");
    let (from, first) = overheard.iter().find(|(_, bytes)| is_rtp(bytes)).expect("a packet");
    for change in 1..4 {
        let mut forged = first.clone();
        forged[11] ^= change;
        world.inject(*from, &forged);
        world.server_heard.clear();
        world.caller_says(1, u32::from(change), 1000);
        world.run_for(Duration::from_millis(1500));
        let share = sounding_share(&world.server_heard, 1000);
        assert!((0.95..1.1).contains(&share), "{share} after {change}");
    }
}

#[test]
fn addresses_named_in_further_offers_count_too() {
    let mut world = World::new(17, calm());
    let (dialling, offer) = world.offer(1);
    let answer = world.answer(1, &offer);
    world.accept(1, dialling, &answer);
    world.run_for(Duration::from_secs(1));
    assert!(world.server_said(&Fact::Connected));
    let line = |n| format!("a=candidate:{n} 1 udp 2113937151 {} 9 typ host\r\n", elsewhere(n).ip());
    for round in 0..20_u16 {
        let named: String = (0..30).map(|n| line(30 * round + n)).collect();
        let credentials = identity(0, 100 + u64::from(round)).credentials;
        world.server.reoffer(world.now, 1, &format!("{offer}{named}"), credentials).expect("answered");
        world.run_for(Duration::from_millis(100));
    }
    for round in 0..10 {
        let credentials = identity(0, 200 + round).credentials;
        world.server.reoffer(world.now, 1, &format!("{offer}{}", line(1)), credentials).expect("answered");
        world.run_for(Duration::from_secs(60));
    }
    world.sent_to.retain(|to, _| *to != caller_address(1));
    assert!((1..=limits::REMOTE_CANDIDATES).contains(&world.sent_to.len()), "{} addresses", world.sent_to.len());
    for (to, volume) in &world.sent_to {
        assert!(volume.datagrams <= CHECKS_OF_ONE_PAIR && volume.beyond_checks == 0, "{to}: {volume:?}");
    }
}

#[test]
fn a_caller_that_pretends_to_be_at_anothers_address_does_not_get_its_packets() {
    let mut world = in_call(12);
    world.call(2);
    world.run_for(Duration::from_secs(1));
    world.caller_says(2, 1, 3000);
    for _ in 0..30 {
        let signed = check(&world.ground, 1, &own_password(1), true);
        world.inject(caller_address(2), &signed);
        world.run_for(Duration::from_millis(100));
    }
    let share = sounding_share(&world.heard_from[&2], 3000);
    assert!((0.95..1.08).contains(&share), "{share}");
}

#[test]
fn an_address_whose_call_has_fallen_silent_is_the_next_callers() {
    let mut world = in_call(13);
    world.call(2);
    world.run_for(Duration::from_secs(1));
    world.callers.order(world.now, 2, Order::Gone("away".into()));
    world.swallow = true; // both are gone without a word
    world.run_for(Duration::from_secs(12));
    let signed = check(&world.ground, 1, &own_password(1), false);
    world.inject(caller_address(2), &signed);
    let refused = |world: &World, leg| world.server.leg_counts(leg).expect("alive").refused_input;
    let before = (refused(&world, 1), refused(&world, 2));
    world.inject(caller_address(2), &[127]); // no protocol's first byte: whoever gets it counts it
    assert_eq!((before.0 + 1, before.1), (refused(&world, 1), refused(&world, 2)));
}

#[test]
fn a_caller_may_go_over_to_another_source() {
    let mut world = World::new(14, calm());
    let (hostile, ground) = Hostile::on(&world.ground);
    world.caller_ground = ground;
    world.overheard = Some(Vec::new());
    world.call(1);
    world.run_for(Duration::from_secs(3));
    let overheard = world.overheard.take().expect("listened");
    let first = &overheard.iter().find(|(_, bytes)| is_rtp(bytes)).expect("a packet").1;
    let header_length = 16 + 4 * usize::from(u16::from_be_bytes([first[14], first[15]])); // with what names the m-line
    let mut encoder = Encoder::new(16_000, Format::default()).expect("an encoder");
    world.swallow = true; // the source before says no more
    for (n, frame) in (0..).zip(tone(1, 1000).pcm.chunks_exact(320)) {
        let mut header = first[..header_length].to_vec();
        header[2..4].copy_from_slice(&(500 + n as u16).to_be_bytes());
        header[4..8].copy_from_slice(&(960 * n as u32).to_be_bytes());
        header[11] ^= 1;
        header[17] = 0x80 | 20; // it said how silent its packet was
        let sealed = hostile.rtp(&header, encoder.encode(frame).expect("encoded")).expect("keys");
        world.inject(caller_address(1), &sealed);
        world.run_for(Duration::from_millis(20));
    }
    let share = sounding_share(&world.server_heard, 1000);
    assert!((0.95..1.08).contains(&share), "{share}");
}

#[test]
fn when_consent_has_expired_nothing_is_sent_but_checks() {
    let mut world = in_call(15);
    world.agent_says(1, 1, 50_000);
    world.run_for(Duration::from_secs(1));
    world.swallow = true;
    world.run_for(Duration::from_secs(30)); // RFC 7675 5.1
    let sent = |world: &World| world.sent_to[&caller_address(1)].beyond_checks;
    let before = sent(&world);
    while closed(&world, 1).is_none() {
        assert_eq!(before, sent(&world));
        world.run_for(Duration::from_millis(100));
    }
}
