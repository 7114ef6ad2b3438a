//! The core as its owner sees it: one shard, its thread (`engine`) and its sockets. Orders come in over a channel, what Python is to know collects
//! in an outbox, and an eventfd says that there is some. The thread never takes the GIL.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::clock::Epoch;
pub use crate::engine::CoreCounts;
use crate::engine::{Common, Engine, Message, lock};
use crate::fact::{Fact, LegId};
use crate::interfaces;
use crate::limits;
use crate::opus::OpusError;
use crate::os::{EventFd, random, since_boot};
use crate::outbox::Outbox;
use crate::sdp::BadSdp;
use crate::session::{Dialling, Ground, Identity, Options, Order, Reoffer, Session, SessionCounts};
use crate::shard::Shard;
use crate::stream::Stream;
use crate::udp::Socket;
use crate::ufrag;

/// How long a question to the core thread may take; it answers within a millisecond unless the machine is overwhelmed.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);

/// Where a core listens and what it calls itself.
#[derive(Clone, Debug)]
pub struct Settings {
    pub bind: SocketAddr,
    /// Addresses under which far ends reach the socket, where they differ from its own (1:1 NAT, containers).
    pub public: Vec<IpAddr>,
    pub shard: u8,
}

/// An offer of ours, its socket, and the orders that wait for the answer.
struct Unanswered {
    dialling: Dialling,
    socket: Socket,
    early: Vec<Order>,
}

/// One shard and its thread. All methods are quick except `answer` and `offer` (about 2 ms each).
pub struct Core {
    common: Arc<Common>,
    orders: Sender<Message>,
    thread: Option<JoinHandle<()>>,
    ground: Ground,
    settings: Settings,
    candidates: Vec<SocketAddr>,
    port: u16,
    next_leg: AtomicU64,
    dialling: Mutex<HashMap<LegId, Unanswered>>,
}

impl Core {
    /// Bind and start the thread.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let socket = Socket::bind(settings.bind)?;
        let port = socket.local().port();
        let candidates = candidate_addresses(&settings, socket.local());
        let epoch = Epoch::new(Instant::now(), since_boot());
        let common = Arc::new(Common {
            outbox: Mutex::default(),
            stop: AtomicBool::new(false),
            wake_python: EventFd::new()?,
            wake_core: EventFd::new()?,
            dropped: AtomicU64::new(0),
        });
        let (orders, inbox) = mpsc::channel();
        let engine = Engine::new(common.clone(), inbox, socket, Shard::new(epoch), candidates.clone())?;
        let thread = std::thread::Builder::new().name("antiphon-media".into()).spawn(move || engine.run())?;
        Ok(Self {
            common,
            orders,
            thread: Some(thread),
            ground: Ground::new(epoch),
            settings,
            candidates,
            port,
            next_leg: AtomicU64::new(1),
            dialling: Mutex::default(),
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Readable when `drain` has something.
    pub fn fd(&self) -> RawFd {
        self.common.wake_python.raw()
    }

    /// Host candidates of answered legs, all of them in the answer.
    pub fn candidates(&self) -> &[SocketAddr] {
        &self.candidates
    }

    /// Everything since the last call.
    pub fn drain(&self) -> Outbox {
        self.common.wake_python.clear();
        std::mem::take(&mut *lock(&self.common.outbox))
    }

    /// Answer an offer.
    pub fn answer(&self, offer: &str, options: &Options) -> Result<(LegId, String), BadSdp> {
        let (id, identity) = self.identify();
        let made = unpanicked(|| Session::answer(&self.ground, identity, options, &self.candidates, offer, Instant::now()))?;
        let (session, answer) = made;
        self.send(Message::Adopt { id, session: Box::new(session), socket: None });
        Ok((id, answer))
    }

    /// Another offer of a leg's far end: an ICE restart or a hold on its connection, as long as it is the same peer.
    pub fn reoffer(&self, id: LegId, offer: &str) -> Result<String, Reoffer> {
        let (_, identity) = self.identify();
        let (answer, reply) = mpsc::channel();
        self.send(Message::Reoffer { id, offer: offer.to_owned(), credentials: identity.credentials, answer });
        reply.recv_timeout(ANSWER_PATIENCE).unwrap_or(Err(Reoffer::NoConnection))
    }

    /// An offer for a leg whose connection is lost: a new one takes its place.
    pub fn replace(&self, id: LegId, offer: &str, options: &Options) -> Result<String, BadSdp> {
        let (_, identity) = self.identify();
        let made = unpanicked(|| Session::answer(&self.ground, identity, options, &self.candidates, offer, Instant::now()))?;
        let (session, answer) = made;
        self.send(Message::Replace { id, session: Box::new(session) });
        Ok(answer)
    }

    /// Offer an ICE restart on a leg that we have dialled; None if there is no such leg.
    pub fn offer_restart(&self, id: LegId) -> Option<String> {
        let (answer, reply) = mpsc::channel();
        self.send(Message::OfferRestart(id, answer));
        reply.recv_timeout(ANSWER_PATIENCE).ok().flatten()
    }

    /// The far end's answer to that.
    pub fn accept_restart(&self, id: LegId, sdp: &str) -> Result<(), BadSdp> {
        let (answer, reply) = mpsc::channel();
        self.send(Message::AcceptRestart { id, sdp: sdp.to_owned(), answer });
        reply.recv_timeout(ANSWER_PATIENCE).unwrap_or_else(|_| Err(BadSdp("The media core does not answer.".into())))
    }

    /// A leg on a connection that somebody else keeps. Its packets come by `Order::Packet` and leave in the outbox.
    pub fn open_stream(&self, options: &Options) -> Result<LegId, OpusError> {
        let (id, identity) = self.identify();
        let stream = Stream::new(options.format, options, self.ground.epoch, identity.phase, Instant::now())?;
        self.send(Message::Adopt { id, session: Box::new(stream), socket: None });
        Ok(id)
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
        self.send(Message::Adopt { id, session: Box::new(session), socket: Some(socket) });
        for order in early {
            self.send(Message::Order(id, order));
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
        self.send(Message::Order(id, order));
    }

    /// Counts of a living leg.
    pub fn leg_counts(&self, id: LegId) -> Option<SessionCounts> {
        let (answer, reply) = mpsc::channel();
        self.send(Message::Ask(id, answer));
        reply.recv_timeout(ANSWER_PATIENCE).ok().flatten()
    }

    /// Totals; None if the thread does not answer.
    pub fn counts(&self) -> Option<CoreCounts> {
        let (answer, reply) = mpsc::channel();
        self.send(Message::AskAll(answer));
        reply.recv_timeout(ANSWER_PATIENCE).ok()
    }

    /// Stop the thread; legs are dropped without a word to the far end.
    pub fn shutdown(&mut self) {
        self.common.stop.store(true, Ordering::Release);
        self.common.wake_core.signal();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// The last fact of a leg that never reached the thread.
    fn tell_closed(&self, id: LegId, reason: &str) {
        let at_ms = self.ground.epoch.millis(Instant::now());
        lock(&self.common.outbox).fact(id, at_ms, Fact::Closed(reason.to_owned()));
        self.common.wake_python.signal();
    }

    fn send(&self, message: Message) {
        if self.orders.send(message).is_ok() {
            self.common.wake_core.signal();
        }
    }

    fn identify(&self) -> (LegId, Identity) {
        let id = self.next_leg.fetch_add(1, Ordering::Relaxed);
        let random: [u8; ufrag::RANDOM_BYTES + 6] = random();
        let (name, rest) = random.split_at(ufrag::RANDOM_BYTES);
        let mut credentials = [0; ufrag::RANDOM_BYTES];
        credentials.copy_from_slice(name);
        let identity = Identity {
            credentials: ufrag::credentials(self.settings.shard, &credentials),
            first_ts: u32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]),
            // Far from the wrap, so that SRTP's rollover counter cannot be guessed wrong at the start (RFC 3711 3.3.1).
            first_seq: u16::from_le_bytes([rest[4], rest[5]]) & 0x7fff,
            phase: Duration::from_micros(id * 7_654 % 20_000),
        };
        (id, identity)
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.shutdown();
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
