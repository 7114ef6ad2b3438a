//! The core as its owner sees it: shards on threads of their own (`threads`), behind one UDP port. Orders go to a leg's thread over a
//! channel, what Python is to know collects in an outbox for each thread, and one eventfd says that there is some. No thread ever
//! takes the GIL.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Instant;

use crate::clip::Sound;
use crate::clips::Clips;
use crate::clock::Epoch;
pub use crate::counts::CoreCounts;
use crate::directory::ShardNumber;
use crate::engine::{Message, lock};
use crate::fact::{Fact, LegId};
use crate::interfaces;
use crate::limits;
use crate::opus::OpusError;
use crate::os::{random, since_boot};
use crate::outbox::Outbox;
use crate::sdp::BadSdp;
use crate::session::{Dialling, Ground, Identity, Options, Order, Reoffer, Session, SessionCounts};
use crate::slots;
use crate::stream::Stream;
use crate::threads::{ANSWER_PATIENCE, Threads};
use crate::udp::Socket;
use crate::ufrag;

/// Where a core listens and what it calls itself.
#[derive(Clone, Debug)]
pub struct Settings {
    pub bind: SocketAddr,
    /// Where far ends connect whose network blocks UDP; None: nowhere.
    pub tcp: Option<SocketAddr>,
    /// Addresses under which far ends reach the sockets, where they differ from their own (1:1 NAT, containers).
    pub public: Vec<IpAddr>,
    /// Shards, each with a thread; at least 1, at most `limits::SHARDS`.
    pub threads: u8,
}

/// An offer of ours, its socket, and the orders that wait for the answer.
struct Unanswered {
    dialling: Dialling,
    socket: Socket,
    early: Vec<Order>,
}

/// All shards and their threads. All methods are quick except `answer` and `offer` (about 2 ms each).
pub struct Core {
    threads: Threads,
    ground: Ground,
    settings: Settings,
    port: u16,
    tcp_port: Option<u16>,
    next_leg: AtomicU64,
    next_phase: AtomicU64,
    dialling: Mutex<HashMap<LegId, Unanswered>>,
    clips: Mutex<Clips>,
}

impl Core {
    /// Bind and start the threads.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let sockets = Socket::bind_group(settings.bind, usize::from(settings.threads.clamp(1, limits::SHARDS)))?;
        let local = sockets[0].local();
        let epoch = Epoch::new(Instant::now(), since_boot());
        let listener = settings.tcp.map(TcpListener::bind).transpose()?;
        let tcp_local = listener.as_ref().map(TcpListener::local_addr).transpose()?;
        let mut ground = Ground::new(epoch);
        ground.tcp = tcp_local.map(|local| candidate_addresses(&settings, local)).unwrap_or_default();
        let tcp = listener.map(|listener| (listener, ground.tcp.clone()));
        let threads = Threads::start(epoch, sockets, candidate_addresses(&settings, local), tcp)?;
        Ok(Self {
            threads,
            ground,
            settings,
            port: local.port(),
            tcp_port: tcp_local.map(|local| local.port()),
            next_leg: AtomicU64::new(1),
            next_phase: AtomicU64::new(1),
            dialling: Mutex::default(),
            clips: Mutex::default(),
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port of those whose network blocks UDP, if there is one.
    pub fn tcp_port(&self) -> Option<u16> {
        self.tcp_port
    }

    /// Readable when `drain` has something.
    pub fn fd(&self) -> RawFd {
        self.threads.fd()
    }

    /// Host candidates of answered legs, all of them in the answer.
    pub fn candidates(&self) -> &[SocketAddr] {
        self.threads.candidates()
    }

    /// Whether one more call would cost those that run their quality.
    pub fn is_strained(&self) -> bool {
        self.threads.are_strained()
    }

    /// Everything since the last call.
    pub fn drain(&self) -> Outbox {
        self.threads.drain()
    }

    /// Answer an offer.
    pub fn answer(&self, offer: &str, options: &Options) -> Result<(LegId, String), BadSdp> {
        let (id, identity) = self.identify();
        let made = unpanicked(|| Session::answer(&self.ground, identity, options, self.candidates(), offer, Instant::now()))?;
        let (session, answer) = made;
        self.send(id, Message::Adopt { id, session: Box::new(session), socket: None });
        Ok((id, answer))
    }

    /// Another offer of a leg's far end: an ICE restart or a hold on its connection, as long as it is the same peer.
    pub fn reoffer(&self, id: LegId, offer: &str) -> Result<String, Reoffer> {
        let identity = self.identity_on(self.shard_of(id));
        let (answer, reply) = mpsc::channel();
        self.send(id, Message::Reoffer { id, offer: offer.to_owned(), credentials: identity.credentials, answer });
        reply.recv_timeout(ANSWER_PATIENCE).unwrap_or(Err(Reoffer::NoConnection))
    }

    /// An offer for a leg whose connection is lost: a new one takes its place.
    pub fn replace(&self, id: LegId, offer: &str, options: &Options) -> Result<String, BadSdp> {
        let identity = self.identity_on(self.shard_of(id));
        let made = unpanicked(|| Session::answer(&self.ground, identity, options, self.candidates(), offer, Instant::now()))?;
        let (session, answer) = made;
        self.send(id, Message::Replace { id, session: Box::new(session) });
        Ok(answer)
    }

    /// Offer an ICE restart on a leg that we have dialled; None if there is no such leg.
    pub fn offer_restart(&self, id: LegId) -> Option<String> {
        let (answer, reply) = mpsc::channel();
        self.send(id, Message::OfferRestart(id, answer));
        reply.recv_timeout(ANSWER_PATIENCE).ok().flatten()
    }

    /// The far end's answer to that.
    pub fn accept_restart(&self, id: LegId, sdp: &str) -> Result<(), BadSdp> {
        let (answer, reply) = mpsc::channel();
        self.send(id, Message::AcceptRestart { id, sdp: sdp.to_owned(), answer });
        reply.recv_timeout(ANSWER_PATIENCE).unwrap_or_else(|_| Err(BadSdp("The media core does not answer.".into())))
    }

    /// A leg on a connection that somebody else keeps. Its packets come by `Order::Packet` and leave in the outbox.
    pub fn open_stream(&self, options: &Options) -> Result<LegId, OpusError> {
        let (id, identity) = self.identify();
        let stream = Stream::new(options, self.ground.epoch, identity.phase, Instant::now())?;
        self.send(id, Message::Adopt { id, session: Box::new(stream), socket: None });
        Ok(id)
    }

    /// A leg whose connection is lost goes on over one that somebody else keeps.
    pub fn replace_by_stream(&self, id: LegId, options: &Options) -> Result<(), OpusError> {
        let phase = self.identity_on(self.shard_of(id)).phase;
        let stream = Stream::new(options, self.ground.epoch, phase, Instant::now())?;
        self.send(id, Message::Replace { id, session: Box::new(stream) });
        Ok(())
    }

    /// Offer a call, over a socket of its own.
    pub fn offer(&self, options: &Options) -> Result<(LegId, String), BadSdp> {
        let no_socket = |error: io::Error| BadSdp(format!("No UDP socket to dial from: {error}"));
        let socket = Socket::bind(SocketAddr::new(self.settings.bind.ip(), 0)).map_err(no_socket)?;
        // Not the public ones: whoever dials out is found by its checks.
        let local = candidate_addresses(&Settings { public: Vec::new(), ..self.settings.clone() }, socket.local());
        let (id, identity) = self.identify();
        let (dialling, sdp) = unpanicked(|| Session::offer(&self.ground, identity, options, &local, Instant::now()))?;
        let mut waiting = lock(&self.dialling);
        let stale = |(_, offer): &(&LegId, &Unanswered)| offer.dialling.since.elapsed() >= limits::DIAL_TIMEOUT;
        let unanswered: Vec<LegId> = waiting.iter().filter(stale).map(|(id, _)| *id).collect();
        for id in unanswered {
            waiting.remove(&id);
            self.tell_closed(id, "never answered");
        }
        waiting.insert(id, Unanswered { dialling, socket, early: Vec::new() });
        Ok((id, sdp))
    }

    /// The far end's answer to an offer of ours. False if there is no such offer.
    pub fn accept_answer(&self, id: LegId, answer: &str) -> Result<bool, BadSdp> {
        let Some(Unanswered { dialling, socket, early }) = lock(&self.dialling).remove(&id) else { return Ok(false) };
        let session = unpanicked(|| dialling.accept(answer)).inspect_err(|_| self.tell_closed(id, "bad answer"))?;
        self.send(id, Message::Adopt { id, session: Box::new(session), socket: Some(socket) });
        for order in early {
            self.send(id, Message::Order(id, order));
        }
        Ok(true)
    }

    /// An order to a leg; one that does not exist is ignored. Orders to an unanswered offer wait for its answer.
    pub fn order(&self, id: LegId, order: Order) {
        let mut waiting = lock(&self.dialling);
        if let Order::Close(reason) = &order
            && waiting.remove(&id).is_some()
        {
            self.tell_closed(id, reason);
            return;
        }
        if let Some(offer) = waiting.get_mut(&id) {
            offer.early.push(order);
            return;
        }
        drop(waiting);
        self.send(id, Message::Order(id, order));
    }

    /// A sound for `Order::Play` that other legs may have played under the same name; `pcm` makes its `length` samples if not.
    pub fn clip(&self, name: &str, length: usize, rate_hz: u32, pcm: impl FnOnce() -> Vec<i16>) -> Sound {
        lock(&self.clips).sound(name, length, rate_hz, pcm)
    }

    /// Counts of a living leg.
    pub fn leg_counts(&self, id: LegId) -> Option<SessionCounts> {
        let (answer, reply) = mpsc::channel();
        self.send(id, Message::Ask(id, answer));
        reply.recv_timeout(ANSWER_PATIENCE).ok().flatten()
    }

    /// Totals; None if a thread does not answer.
    pub fn counts(&self) -> Option<CoreCounts> {
        let (clips, clip_bytes) = {
            let clips = lock(&self.clips);
            (clips.count(), clips.bytes())
        };
        self.threads.counts().map(|counts| CoreCounts { clips, clip_bytes, ..counts })
    }

    /// Stop the threads; legs are dropped without a word to the far end.
    pub fn shutdown(&mut self) {
        self.threads.stop();
    }

    /// The last fact of a leg that never reached its thread.
    fn tell_closed(&self, id: LegId, reason: &str) {
        let at_ms = self.ground.epoch.millis(Instant::now());
        self.threads.put(self.shard_of(id), |outbox| outbox.fact(id, at_ms, Fact::Closed(reason.to_owned())));
    }

    /// A leg's id says where it lives.
    fn shard_of(&self, id: LegId) -> ShardNumber {
        (id % self.threads.count() as u64) as ShardNumber
    }

    fn send(&self, id: LegId, message: Message) {
        self.threads.send(self.shard_of(id), message);
    }

    /// A new leg on the shard where it lives best.
    fn identify(&self) -> (LegId, Identity) {
        let number = self.next_leg.fetch_add(1, Ordering::Relaxed);
        let shard = self.threads.place(number);
        let id = number * self.threads.count() as u64 + u64::from(shard);
        (id, self.identity_on(shard))
    }

    /// A connection's identity; its user fragment leads to `shard`.
    fn identity_on(&self, shard: ShardNumber) -> Identity {
        let random: [u8; ufrag::RANDOM_BYTES + 6] = random();
        let (name, rest) = random.split_at(ufrag::RANDOM_BYTES);
        let mut credentials = [0; ufrag::RANDOM_BYTES];
        credentials.copy_from_slice(name);
        let number = self.next_phase.fetch_add(1, Ordering::Relaxed);
        Identity {
            credentials: ufrag::credentials(shard, &credentials),
            first_ts: u32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]),
            // Far from the wrap, so that SRTP's rollover counter cannot be guessed wrong at the start (RFC 3711 3.3.1).
            first_seq: u16::from_le_bytes([rest[4], rest[5]]) & 0x7fff,
            phase: slots::phase(number),
        }
    }
}

/// str0m's bugs panic by design: one while reading an SDP costs that offer alone.
fn unpanicked<T>(make: impl FnOnce() -> Result<T, BadSdp>) -> Result<T, BadSdp> {
    let refused = BadSdp("The SDP could not be processed.".into());
    catch_unwind(AssertUnwindSafe(make)).unwrap_or(Err(refused))
}

fn candidate_addresses(settings: &Settings, local: SocketAddr) -> Vec<SocketAddr> {
    let ips = if !settings.public.is_empty() {
        settings.public.iter().copied().filter(|ip| ip.is_ipv4() == local.is_ipv4()).collect()
    } else if local.ip().is_unspecified() {
        interfaces::addresses(local.is_ipv6())
    } else {
        vec![local.ip()]
    };
    ips.into_iter().map(|ip| SocketAddr::new(ip, local.port())).collect()
}
