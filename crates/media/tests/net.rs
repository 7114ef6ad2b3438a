//! Two shards back to back over a virtual network with seeded loss, delay, jitter and reordering. No socket, no sleep.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::clock::Epoch;
use media::fact::{Fact, LegId};
use media::opus::Mode;
use media::playout::Chunk;
use media::session::{Dialling, Ground, Identity, Options, Order, Session};
use media::shard::{Port, Shard};
use media::ufrag;

const SERVER: &str = "10.0.0.1:4000";

/// xorshift64*: seeded, so that a failing run can be run again.
pub struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn chance(&mut self, permille: u64) -> bool {
        self.next() >> 33 & 1023 < permille * 1024 / 1000
    }
}

#[derive(Clone, Copy, Default)]
struct Weather {
    loss_permille: u64,
    delay_ms: u64,
    jitter_ms: u64,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Flying {
    at: Instant,
    number: u64,
    source: SocketAddr,
    destination: SocketAddr,
    bytes: Vec<u8>,
}

struct World {
    now: Instant,
    ground: Ground,
    server: Shard,
    callers: Shard,
    air: BinaryHeap<Reverse<Flying>>,
    weather: Weather,
    dice: Dice,
    number: u64,
    server_facts: Vec<(LegId, Fact)>,
    caller_facts: Vec<(LegId, Fact)>,
    server_heard: Vec<u8>,
    caller_heard: Vec<u8>,
    swallow: bool,
}

fn caller_address(id: LegId) -> SocketAddr {
    format!("10.0.1.{}:5000", id).parse().expect("an address")
}

fn identity(shard: u8, id: LegId) -> Identity {
    let random: [u8; ufrag::RANDOM_BYTES] =
        std::array::from_fn(|i| (id as u8).wrapping_mul(31).wrapping_add(i as u8 * 7 + shard));
    Identity {
        credentials: ufrag::credentials(shard, &random),
        first_ts: u32::MAX - 5000, // wraps within the first seconds
        first_seq: 32_000,
        phase: Duration::from_millis(id % 20),
    }
}

impl World {
    fn new(seed: u64, weather: Weather) -> Self {
        let now = Instant::now();
        let epoch = Epoch::new(now, Duration::from_secs(1000));
        Self {
            now,
            ground: Ground::new(epoch),
            server: Shard::new(epoch),
            callers: Shard::new(epoch),
            air: BinaryHeap::new(),
            weather,
            dice: Dice(seed | 1),
            number: 0,
            server_facts: Vec::new(),
            caller_facts: Vec::new(),
            server_heard: Vec::new(),
            caller_heard: Vec::new(),
            swallow: false,
        }
    }

    fn offer(&self, id: LegId) -> (Dialling, String) {
        Session::offer(&self.ground, identity(9, id), &Options::caller(), &[caller_address(id)], self.now).expect("an offer")
    }

    fn call_with(&mut self, id: LegId, mode: Mode) {
        let (dialling, offer) = self.offer(id);
        let options = Options { mode, ..Options::default() };
        let server = [SERVER.parse().expect("an address")];
        let (session, answer) =
            Session::answer(&self.ground, identity(0, id), &options, &server, &offer, self.now).expect("an answer");
        self.server.adopt(self.now, id, Port::Shared, session);
        let mut caller = dialling.accept(&answer).expect("accepted");
        let _ = &mut caller;
        self.callers.adopt(self.now, id, Port::Own(id), caller);
    }

    fn call(&mut self, id: LegId) {
        self.call_with(id, Mode::LowDelay);
    }

    fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.launch();
            let next = [self.server.deadline(), self.callers.deadline(), self.air.peek().map(|Reverse(f)| f.at)];
            let Some(at) = next.into_iter().flatten().min().filter(|at| *at <= until) else { break };
            self.now = self.now.max(at);
            while self.air.peek().is_some_and(|Reverse(flying)| flying.at <= self.now) {
                let Some(Reverse(flying)) = self.air.pop() else { break };
                self.land(&flying);
            }
            self.server.timeout(self.now);
            self.callers.timeout(self.now);
        }
        self.now = until;
        self.collect();
    }

    fn launch(&mut self) {
        self.collect();
        for (from_server, out) in
            [(true, std::mem::take(&mut self.server.outgoing)), (false, std::mem::take(&mut self.callers.outgoing))]
        {
            for datagram in out {
                if self.swallow || self.dice.chance(self.weather.loss_permille) {
                    continue;
                }
                let jitter = if self.weather.jitter_ms == 0 { 0 } else { self.dice.next() % self.weather.jitter_ms };
                let source = match (from_server, datagram.port) {
                    (true, _) => SERVER.parse().expect("an address"),
                    (false, Port::Own(id)) => caller_address(id),
                    (false, Port::Shared) => unreachable!("callers have their own sockets"),
                };
                self.number += 1;
                self.air.push(Reverse(Flying {
                    at: self.now + Duration::from_millis(self.weather.delay_ms + jitter),
                    number: self.number,
                    source,
                    destination: datagram.transmit.destination,
                    bytes: datagram.transmit.contents.to_vec(),
                }));
            }
        }
    }

    fn land(&mut self, flying: &Flying) {
        if flying.destination == SERVER.parse::<SocketAddr>().expect("an address") {
            self.server.datagram(self.now, Port::Shared, flying.source, flying.destination, &flying.bytes);
        } else {
            let id = match flying.destination {
                SocketAddr::V4(v4) => u64::from(v4.ip().octets()[3]),
                SocketAddr::V6(_) => unreachable!("all addresses are IPv4"),
            };
            self.callers.datagram(self.now, Port::Own(id), flying.source, flying.destination, &flying.bytes);
        }
    }

    fn collect(&mut self) {
        let ours = std::mem::take(&mut self.server.outbox);
        self.server_heard.extend(ours.pcm);
        self.server_facts.extend(ours.facts.into_iter().map(|f| (f.leg, f.fact)));
        let theirs = std::mem::take(&mut self.callers.outbox);
        self.caller_heard.extend(theirs.pcm);
        self.caller_facts.extend(theirs.facts.into_iter().map(|f| (f.leg, f.fact)));
    }

    fn server_said(&self, wanted: &Fact) -> bool {
        self.server_facts.iter().any(|(_, fact)| fact == wanted)
    }

    fn agent_says(&mut self, id: LegId, reply: u32, ms: usize) {
        self.server.order(self.now, id, Order::Play(tone(reply, ms)));
    }

    fn caller_says(&mut self, id: LegId, clip: u32, ms: usize) {
        self.callers.order(self.now, id, Order::Play(tone(clip, ms)));
    }
}

/// A buzz of 120 Hz with ten harmonics: as steady as a tone, and shaped like a voice, which is what the codec conceals best.
fn tone(reply: u32, ms: usize) -> Chunk {
    let phase = |i: usize, h: u32| (i as f32 * 120.0 * h as f32 / 16_000.0 * std::f32::consts::TAU).sin() / h as f32;
    let pcm = (0..ms * 16).map(|i| (7000.0 * (1..=10).map(|h| phase(i, h)).sum::<f32>()) as i16).collect();
    Chunk { reply, seq: 0, pcm, rate_hz: 16_000, last: true }
}

/// Share of 20 ms frames that sound like the tone.
fn sounding_share(pcm: &[u8], expected_ms: usize) -> f32 {
    let samples: Vec<f32> = pcm.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]]))).collect();
    let loud = samples.chunks(320).filter(|f| (f.iter().map(|s| s * s).sum::<f32>() / f.len() as f32).sqrt() > 2500.0).count();
    loud as f32 * 20.0 / expected_ms as f32
}

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
        assert_eq!(0, counts.lost, "seed {seed}");
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
        assert!(counts.lost > 10, "the loss must have happened: {counts:?}");
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
fn a_stalled_caller_is_filled_with_silence_in_real_time() {
    let mut world = World::new(4, Weather { delay_ms: 5, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(2));
    world.swallow = true;
    world.server_heard.clear();
    world.run_for(Duration::from_secs(3));
    let heard_ms = world.server_heard.len() / 32;
    assert!((2_900..3_060).contains(&heard_ms), "{heard_ms} ms of audio in 3 s of stall");
}

#[test]
fn whoever_vanishes_is_gone_within_half_a_minute() {
    let mut world = World::new(5, Weather { delay_ms: 5, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(1));
    world.swallow = true;
    world.run_for(Duration::from_secs(27));
    assert_eq!(1, world.server.len());
    world.run_for(Duration::from_secs(3));
    assert_eq!(0, world.server.len());
    assert!(world.server_said(&Fact::Closed("vanished".into())));
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
