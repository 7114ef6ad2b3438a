//! Two shards back to back over a virtual network with seeded loss, delay, jitter and reordering. No socket, no sleep.
#![allow(dead_code)] // each test file uses its own part of it

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::clock::Epoch;
use media::codec::Format;
use media::fact::{Fact, LegId};
use media::opus::Mode;
use media::playout::Chunk;
use media::session::{Dialling, Ground, Identity, Options, Order, Reoffer, Session};
use media::shard::{Port, Shard};
use media::ufrag;

pub mod dice;
pub mod hostile;
pub mod keys;

pub use dice::Dice;

pub const SERVER: &str = "10.0.0.1:4000";

#[derive(Clone, Copy, Default)]
pub struct Weather {
    pub loss_permille: u64,
    pub delay_ms: u64,
    pub jitter_ms: u64,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Flying {
    at: Instant,
    number: u64,
    source: SocketAddr,
    destination: SocketAddr,
    bytes: Vec<u8>,
}

/// What was sent to one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    pub datagrams: usize,
    pub bytes: usize,
    /// Datagrams that were no connectivity checks: DTLS, media.
    pub beyond_checks: usize,
}

impl Volume {
    fn add(&mut self, datagram: &[u8]) {
        self.datagrams += 1;
        self.bytes += datagram.len();
        self.beyond_checks += usize::from(datagram[0] > 3);
    }
}

pub struct World {
    pub now: Instant,
    pub ground: Ground,
    /// What the callers' legs are made on; a hostile one's keys are known to the test.
    pub caller_ground: Ground,
    pub server: Shard,
    pub callers: Shard,
    air: BinaryHeap<Reverse<Flying>>,
    pub weather: Weather,
    pub dice: Dice,
    number: u64,
    pub server_facts: Vec<(LegId, Fact)>,
    pub caller_facts: Vec<(LegId, Fact)>,
    pub server_heard: Vec<u8>,
    /// What the server has given to connections that somebody else keeps.
    pub streamed: Vec<u8>,
    /// The same, by leg.
    pub heard_from: HashMap<LegId, Vec<u8>>,
    pub caller_heard: Vec<u8>,
    /// How many packets of each RTP payload type the server and the callers have sent.
    pub sent: [BTreeMap<u8, usize>; 2],
    /// Callers offer no redundant audio.
    pub without_red: bool,
    /// Callers know no telephone events.
    pub without_keys: bool,
    /// Datagrams that the network has lost.
    pub lost: usize,
    /// The network is dead.
    pub swallow: bool,
    /// The network blocks UDP: what the callers send arrives over TCP, as if each address had a connection, and so does what goes back.
    pub udp_blocked: bool,
    /// The network the callers are in: behind another one their packets come from other addresses.
    pub network: u8,
    pub caller_options: Options,
    pub server_options: Options,
    /// Datagrams that reach the server, while somebody listens in.
    pub overheard: Option<Vec<(SocketAddr, Vec<u8>)>>,
    /// What the server has sent, by address.
    pub sent_to: HashMap<SocketAddr, Volume>,
}

pub fn server_address() -> SocketAddr {
    SERVER.parse().expect("an address")
}

pub fn caller_address(id: LegId) -> SocketAddr {
    address_in(1, id)
}

pub fn address_in(network: u8, id: LegId) -> SocketAddr {
    format!("10.0.{network}.{id}:5000").parse().expect("an address")
}

/// An offer that does not have this payload type.
fn without(offer: &str, pt: u8) -> String {
    let kept = offer.lines().filter(|line| !line.contains(&format!(":{pt} ")));
    let number = format!(" {pt}");
    kept.map(|line| if line.starts_with("m=audio") { line.replace(&number, "") } else { line.into() } + "\r\n").collect()
}

pub fn identity(shard: u8, id: LegId) -> Identity {
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
    pub fn new(seed: u64, weather: Weather) -> Self {
        let now = Instant::now();
        let epoch = Epoch::new(now, Duration::from_secs(1000));
        let ground = Ground::new(epoch);
        Self {
            now,
            caller_ground: ground.clone(),
            ground,
            server: Shard::new(epoch),
            callers: Shard::new(epoch),
            air: BinaryHeap::new(),
            weather,
            dice: Dice::new(seed),
            number: 0,
            server_facts: Vec::new(),
            caller_facts: Vec::new(),
            server_heard: Vec::new(),
            streamed: Vec::new(),
            heard_from: HashMap::new(),
            caller_heard: Vec::new(),
            sent: Default::default(),
            without_red: false,
            without_keys: false,
            lost: 0,
            swallow: false,
            udp_blocked: false,
            network: 1,
            caller_options: Options::caller(),
            server_options: Options::default(),
            overheard: None,
            sent_to: HashMap::new(),
        }
    }

    pub fn offer(&self, id: LegId) -> (Dialling, String) {
        let address = [caller_address(id)];
        Session::offer(&self.caller_ground, identity(9, id), &self.caller_options, &address, self.now).expect("an offer")
    }

    /// A call whose agent speaks in this mode, whatever the link does.
    pub fn call_with(&mut self, id: LegId, mode: Mode) {
        let options = Options { format: Format::Opus(mode), adaptive: false, ..self.server_options.clone() };
        self.connect(id, &options);
    }

    fn connect(&mut self, id: LegId, options: &Options) {
        let (dialling, mut offer) = self.offer(id);
        if self.without_red {
            offer = without(&offer, 63);
        }
        if self.without_keys {
            offer = without(&offer, 110);
        }
        let answer = self.answer_with(id, options, &offer);
        self.accept(id, dialling, &answer);
    }

    /// The server's half of a call.
    pub fn answer(&mut self, id: LegId, offer: &str) -> String {
        let options = Options { format: Format::Opus(Mode::LowDelay), adaptive: false, ..self.server_options.clone() };
        self.answer_with(id, &options, offer)
    }

    fn answer_with(&mut self, id: LegId, options: &Options, offer: &str) -> String {
        let server = [server_address()];
        let (session, answer) =
            Session::answer(&self.ground, identity(0, id), options, &server, offer, self.now).expect("an answer");
        self.server.adopt(self.now, id, Port::Shared, Box::new(session));
        answer
    }

    /// The caller's half.
    pub fn accept(&mut self, id: LegId, dialling: Dialling, answer: &str) {
        let caller = dialling.accept(answer).expect("accepted");
        self.callers.adopt(self.now, id, Port::Own(id), Box::new(caller));
    }

    /// Another connection of caller `id` takes the place of the one that leg `leg` had.
    pub fn come_back(&mut self, id: LegId, leg: LegId) {
        let (dialling, offer) = self.offer(id);
        let server = [SERVER.parse().expect("an address")];
        let (session, answer) =
            Session::answer(&self.ground, identity(0, id), &self.server_options, &server, &offer, self.now).expect("an answer");
        self.server.replace(self.now, leg, Box::new(session));
        let caller = dialling.accept(&answer).expect("accepted");
        self.callers.adopt(self.now, id, Port::Own(id), Box::new(caller));
    }

    /// The caller restarts ICE; what the server answers.
    pub fn restart(&mut self, id: LegId) -> Result<(), Reoffer> {
        let offer = self.callers.offer_restart(self.now, id).expect("an offer");
        let answer = self.server.reoffer(self.now, id, &offer, identity(0, id + 100).credentials)?;
        self.callers.accept_restart(self.now, id, &answer).expect("accepted");
        Ok(())
    }

    pub fn call(&mut self, id: LegId) {
        self.connect(id, &self.server_options.clone());
    }

    pub fn run_for(&mut self, time: Duration) {
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
            self.server.work(self.now);
            self.callers.work(self.now);
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
                self.note(from_server, &datagram.transmit.contents);
                if from_server {
                    let to = datagram.transmit.destination;
                    self.sent_to.entry(to).or_default().add(&datagram.transmit.contents);
                }
                if from_server && (datagram.port == Port::Tcp) != self.udp_blocked {
                    continue;
                }
                if self.swallow || self.dice.chance(self.weather.loss_permille) {
                    self.lost += 1;
                    continue;
                }
                let jitter = if self.weather.jitter_ms == 0 { 0 } else { self.dice.next() % self.weather.jitter_ms };
                let source = match (from_server, datagram.port) {
                    (true, _) => server_address(),
                    (false, Port::Own(id)) => address_in(self.network, id),
                    (false, Port::Shared | Port::Tcp) => unreachable!("callers have their own sockets"),
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

    /// RTP and RTCP are told apart by the type (RFC 5761 4).
    fn note(&mut self, from_server: bool, bytes: &[u8]) {
        if let [128..=191, kind, ..] = bytes
            && !(64..96).contains(&(kind & 0x7f))
        {
            *self.sent[usize::from(!from_server)].entry(kind & 0x7f).or_default() += 1;
        }
    }

    fn land(&mut self, flying: &Flying) {
        if flying.destination == server_address() {
            if let Some(overheard) = &mut self.overheard {
                overheard.push((flying.source, flying.bytes.clone()));
            }
            let port = if self.udp_blocked { Port::Tcp } else { Port::Shared };
            self.server.datagram(self.now, port, flying.source, flying.destination, &flying.bytes);
        } else {
            let [_, _, network, id] = match flying.destination {
                SocketAddr::V4(v4) => v4.ip().octets(),
                SocketAddr::V6(_) => unreachable!("all addresses are IPv4"),
            };
            let id = u64::from(id);
            if network == self.network && flying.destination == address_in(network, id) {
                // The caller's own view of its address does not change behind its router.
                self.callers.datagram(self.now, Port::Own(id), flying.source, caller_address(id), &flying.bytes);
            }
        }
    }

    /// A datagram that nobody in this world has sent.
    pub fn inject(&mut self, source: SocketAddr, bytes: &[u8]) {
        self.server.datagram(self.now, Port::Shared, source, server_address(), bytes);
    }

    fn collect(&mut self) {
        let ours = std::mem::take(&mut self.server.outbox);
        for frame in &ours.frames {
            self.heard_from.entry(frame.leg).or_default().extend_from_slice(&ours.pcm[frame.offset..][..frame.length]);
        }
        for packet in &ours.packets {
            self.streamed.extend_from_slice(&ours.pcm[packet.offset..][..packet.length]);
        }
        for frame in &ours.frames {
            self.server_heard.extend_from_slice(&ours.pcm[frame.offset..][..frame.length]);
        }
        self.server_facts.extend(ours.facts.into_iter().map(|f| (f.leg, f.fact)));
        let theirs = std::mem::take(&mut self.callers.outbox);
        self.caller_heard.extend(theirs.pcm);
        self.caller_facts.extend(theirs.facts.into_iter().map(|f| (f.leg, f.fact)));
    }

    /// Nothing has been heard or said so far.
    pub fn forget(&mut self) {
        self.collect();
        (self.server_heard, self.caller_heard) = (Vec::new(), Vec::new());
        (self.server_facts, self.caller_facts) = (Vec::new(), Vec::new());
        self.heard_from = HashMap::new();
    }

    /// How often the server said it.
    pub fn times_said(&self, wanted: &Fact) -> usize {
        self.server_facts.iter().filter(|(_, fact)| fact == wanted).count()
    }

    pub fn server_said(&self, wanted: &Fact) -> bool {
        self.server_facts.iter().any(|(_, fact)| fact == wanted)
    }

    pub fn agent_says(&mut self, id: LegId, reply: u32, ms: usize) {
        self.server.order(self.now, id, Order::Play(tone(reply, ms)));
    }

    /// Keys that the callers were told of, in order.
    pub fn keys_told(&self) -> String {
        let digit = |fact: &Fact| if let Fact::Digit(digit) = fact { Some(*digit) } else { None };
        self.caller_facts.iter().filter_map(|(_, fact)| digit(fact)).collect()
    }

    pub fn caller_says(&mut self, id: LegId, clip: u32, ms: usize) {
        self.callers.order(self.now, id, Order::Play(tone(clip, ms)));
    }
}

/// A buzz of 120 Hz with ten harmonics: as steady as a tone, and shaped like a voice, which is what the codec conceals best.
pub fn tone(reply: u32, ms: usize) -> Chunk {
    let phase = |i: usize, h: u32| (i as f32 * 120.0 * h as f32 / 16_000.0 * std::f32::consts::TAU).sin() / h as f32;
    let pcm: Vec<i16> = (0..ms * 16).map(|i| (7000.0 * (1..=10).map(|h| phase(i, h)).sum::<f32>()) as i16).collect();
    Chunk { reply, seq: 0, pcm: pcm.into(), rate_hz: 16_000, last: true }
}

/// The same in syllables, four a second: libopus takes a steady buzz for noise and sends no in-band copies of it.
pub fn syllables(reply: u32, ms: usize) -> Chunk {
    let mut chunk = tone(reply, ms);
    let mut pcm = chunk.pcm.to_vec();
    let loudness = |i: usize| 0.5 - 0.5 * (i as f32 * 4.0 / 16_000.0 * std::f32::consts::TAU).cos();
    pcm.iter_mut().enumerate().for_each(|(i, sample)| *sample = (f32::from(*sample) * loudness(i)) as i16);
    chunk.pcm = pcm.into();
    chunk
}

/// Share of 20 ms frames that sound like the tone.
pub fn sounding_share(pcm: &[u8], expected_ms: usize) -> f32 {
    let samples: Vec<f32> = pcm.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]]))).collect();
    let loud = samples.chunks(320).filter(|f| (f.iter().map(|s| s * s).sum::<f32>() / f.len() as f32).sqrt() > 2500.0).count();
    loud as f32 * 20.0 / expected_ms as f32
}
