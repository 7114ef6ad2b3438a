//! The core thread: one shard, its sockets, and the only clock. Orders come in over a channel, what Python is to know collects
//! in an outbox, and an eventfd says that there is some. The thread never takes the GIL.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::clock::Epoch;
use crate::fact::{Fact, LegId};
use crate::interfaces;
use crate::limits;
use crate::outbox::Outbox;
use crate::sdp::BadSdp;
use crate::session::{Dialling, Ground, Identity, Options, Order, Session, SessionCounts};
use crate::shard::{Port, Shard, ShardCounts};
use crate::udp::Socket;
use crate::ufrag;

/// Python is woken for audio at most this often, for all calls together.
const WAKE_INTERVAL: Duration = Duration::from_millis(20);
/// With this many legs and more, datagrams are taken in turns of this length instead of one by one: at 50 calls that was 1,500
/// wake-ups a second and an eighth of the CPU, for 2.5 ms of delay on average; Python is woken every 20 ms at most anyway.
const MANY_LEGS: usize = 8;
const TURN: Duration = Duration::from_millis(5);
/// Batches one socket may fill in one turn before timers and the others have theirs.
const BATCHES: usize = 4;
/// How long a question to the core thread may take; it answers within a millisecond unless the machine is overwhelmed.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);
const EVENTS: usize = 64;
/// Token of the order eventfd in epoll; sockets use their leg's id, the shared one 0 (leg ids start at 1).
const ORDERS: u64 = u64::MAX;
const SHARED: u64 = 0;

enum Message {
    Adopt { id: LegId, session: Box<Session>, socket: Option<Socket> },
    Order(LegId, Order),
    Ask(LegId, Sender<Option<SessionCounts>>),
    AskAll(Sender<CoreCounts>),
}

/// Totals of a core.
#[derive(Clone, Copy, Debug, Default)]
pub struct CoreCounts {
    pub shard: ShardCounts,
    pub legs: usize,
    pub addresses: usize,
    pub timers: usize,
    pub thread_cpu_ns: u64,
    pub send_refused: u64,
    pub outbox_dropped_bytes: u64,
}

/// What the thread and its owner share.
struct Common {
    outbox: Mutex<Outbox>,
    stop: AtomicBool,
    wake_python: EventFd,
    wake_core: EventFd,
    dropped: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

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
        self.common.wake_python.0
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

struct Engine {
    common: Arc<Common>,
    inbox: Receiver<Message>,
    epoll: EventFd,
    shared: Socket,
    own: HashMap<LegId, Socket>,
    shard: Shard,
    candidates: Vec<SocketAddr>,
    woke_python: Instant,
    owes_python: bool,
    turn_began: Instant,
}

impl Engine {
    fn new(
        common: Arc<Common>,
        inbox: Receiver<Message>,
        shared: Socket,
        shard: Shard,
        candidates: Vec<SocketAddr>,
    ) -> io::Result<Self> {
        // SAFETY: a plain system call; the descriptor is owned by the wrapper.
        let epoll = EventFd::own(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        watch(&epoll, shared.fd(), SHARED)?;
        watch(&epoll, common.wake_core.0, ORDERS)?;
        let own = HashMap::new();
        let woke_python = Instant::now();
        let turn_began = woke_python;
        Ok(Self { common, inbox, epoll, shared, own, shard, candidates, woke_python, owes_python: false, turn_began })
    }

    fn run(mut self) {
        while !self.common.stop.load(Ordering::Acquire) {
            let ready = self.wait();
            for token in ready {
                match token {
                    ORDERS => self.take_orders(),
                    SHARED => self.receive(Port::Shared),
                    leg => self.receive(Port::Own(leg)),
                }
            }
            self.shard.timeout(Instant::now());
            self.send();
            self.close_sockets();
            self.hand_over(Instant::now());
        }
    }

    /// Sleep until a socket, an order or a timer wants something.
    fn wait(&mut self) -> Vec<u64> {
        let mut now = Instant::now();
        if self.shard.len() >= MANY_LEGS
            && let Some(rest) = (self.turn_began + TURN).checked_duration_since(now)
        {
            std::thread::sleep(rest);
            now = Instant::now();
        }
        self.turn_began = now;
        let mut until = self.shard.deadline();
        if self.owes_python {
            let wake = self.woke_python + WAKE_INTERVAL;
            until = Some(until.map_or(wake, |at| at.min(wake)));
        }
        // Rounded up to whole milliseconds: frames of one millisecond share a wake-up.
        let timeout = until.map_or(-1, |at| at.saturating_duration_since(now).as_micros().div_ceil(1000) as i32);
        let mut events: [libc::epoll_event; EVENTS] = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
        // SAFETY: the array is live and of the length given.
        let count = unsafe { libc::epoll_wait(self.epoll.0, events.as_mut_ptr(), EVENTS as i32, timeout) };
        events[..usize::try_from(count).unwrap_or(0)].iter().map(|event| event.u64).collect()
    }

    fn take_orders(&mut self) {
        self.common.wake_core.clear();
        loop {
            let message = match self.inbox.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            };
            let now = Instant::now();
            match message {
                Message::Adopt { id, session, socket } => self.adopt(now, id, *session, socket),
                Message::Order(id, order) => self.shard.order(now, id, order),
                Message::Ask(id, answer) => {
                    let _ = answer.send(self.shard.leg_counts(id)); // whoever asked may have given up
                }
                Message::AskAll(answer) => {
                    let _ = answer.send(self.counts());
                }
            }
        }
    }

    fn adopt(&mut self, now: Instant, id: LegId, session: Session, socket: Option<Socket>) {
        let Some(socket) = socket else {
            self.shard.adopt(now, id, Port::Shared, session);
            return;
        };
        if watch(&self.epoll, socket.fd(), id).is_ok() {
            self.own.insert(id, socket);
        }
        self.shard.adopt(now, id, Port::Own(id), session);
    }

    fn receive(&mut self, port: Port) {
        let socket = match port {
            Port::Shared => &mut self.shared,
            Port::Own(id) => match self.own.get_mut(&id) {
                Some(socket) => socket,
                None => return,
            },
        };
        let (shard, candidates) = (&mut self.shard, &self.candidates);
        let now = Instant::now();
        for _ in 0..BATCHES {
            let taken = socket.receive(|source, destination, bytes| {
                let destination = if port == Port::Shared { known(candidates, destination) } else { destination };
                shard.datagram(now, port, source, destination, bytes);
            });
            if taken < crate::udp::BATCH {
                return;
            }
        }
    }

    fn send(&mut self) {
        if self.shard.outgoing.is_empty() {
            return;
        }
        let outgoing = std::mem::take(&mut self.shard.outgoing);
        let shared = outgoing.iter().filter(|datagram| datagram.port == Port::Shared);
        self.shared.send(shared.map(|datagram| (datagram.transmit.destination, &*datagram.transmit.contents)));
        for datagram in &outgoing {
            if let Port::Own(id) = datagram.port
                && let Some(socket) = self.own.get_mut(&id)
            {
                socket.send(std::iter::once((datagram.transmit.destination, &*datagram.transmit.contents)));
            }
        }
        let mut outgoing = outgoing;
        outgoing.clear();
        self.shard.outgoing = outgoing; // keep its memory
    }

    fn close_sockets(&mut self) {
        for id in self.shard.take_closed() {
            self.own.remove(&id); // closing a descriptor takes it out of epoll
        }
    }

    /// Give Python what there is: at once if it is urgent, else with the next 20 ms.
    fn hand_over(&mut self, now: Instant) {
        if !self.shard.outbox.is_empty() {
            self.owes_python = true;
        }
        let due = self.shard.outbox.urgent || now >= self.woke_python + WAKE_INTERVAL;
        if !self.owes_python || !due {
            return;
        }
        self.owes_python = false;
        self.woke_python = now;
        let ours = std::mem::take(&mut self.shard.outbox);
        self.common.dropped.fetch_add(ours.dropped_bytes, Ordering::Relaxed);
        let mut theirs = lock(&self.common.outbox);
        if theirs.is_empty() {
            *theirs = ours;
        } else {
            append(&mut theirs, ours, &self.common.dropped);
        }
        drop(theirs);
        self.common.wake_python.signal();
    }

    fn counts(&self) -> CoreCounts {
        let (addresses, _, timers) = self.shard.table_sizes();
        CoreCounts {
            shard: self.shard.counts(),
            legs: self.shard.len(),
            addresses,
            timers,
            thread_cpu_ns: thread_cpu_ns(),
            send_refused: self.shared.dropped() + self.own.values().map(Socket::dropped).sum::<u64>(),
            outbox_dropped_bytes: self.common.dropped.load(Ordering::Relaxed),
        }
    }
}

/// Python has not drained yet: put ours behind. Audio beyond the outbox's limit is dropped, facts are not.
fn append(theirs: &mut Outbox, ours: Outbox, dropped: &AtomicU64) {
    if theirs.pcm.len() + ours.pcm.len() > limits::OUTBOX_BYTES {
        dropped.fetch_add(ours.pcm.len() as u64, Ordering::Relaxed);
        let after_frames = theirs.frames.len();
        theirs.facts.extend(ours.facts.into_iter().map(|fact| crate::outbox::FactAt { after_frames, ..fact }));
        return;
    }
    let (bytes, frames) = (theirs.pcm.len(), theirs.frames.len());
    theirs.pcm.extend_from_slice(&ours.pcm);
    theirs.frames.extend(ours.frames.into_iter().map(|mut frame| {
        frame.offset += bytes;
        frame
    }));
    theirs.facts.extend(ours.facts.into_iter().map(|mut fact| {
        fact.after_frames += frames;
        fact
    }));
}

/// Behind a 1:1 NAT a datagram arrives at a private address that is no candidate of ours: it was meant for the public one.
fn known(candidates: &[SocketAddr], destination: SocketAddr) -> SocketAddr {
    if candidates.contains(&destination) { destination } else { candidates.first().copied().unwrap_or(destination) }
}

fn watch(epoll: &EventFd, fd: RawFd, token: u64) -> io::Result<()> {
    let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: token };
    // SAFETY: both descriptors are open and the event lives through the call.
    let status = unsafe { libc::epoll_ctl(epoll.0, libc::EPOLL_CTL_ADD, fd, &raw mut event) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// An owned descriptor that counts.
struct EventFd(RawFd);

impl EventFd {
    fn new() -> io::Result<Self> {
        // SAFETY: a plain system call.
        Self::own(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })
    }

    fn own(fd: RawFd) -> io::Result<Self> {
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(Self(fd)) }
    }

    fn signal(&self) {
        let one = 1_u64;
        // SAFETY: eight bytes are what an eventfd takes. It fails only when its counter is full, and then it is readable.
        unsafe { libc::write(self.0, (&raw const one).cast(), 8) };
    }

    fn clear(&self) {
        let mut count = 0_u64;
        // SAFETY: eight bytes are what an eventfd gives; it fails when there is nothing to clear.
        unsafe { libc::read(self.0, (&raw mut count).cast(), 8) };
    }
}

impl Drop for EventFd {
    fn drop(&mut self) {
        // SAFETY: owned, closed once.
        unsafe { libc::close(self.0) };
    }
}

fn clock(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the struct lives through the call; these clocks exist on every Linux.
    unsafe { libc::clock_gettime(id, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn since_boot() -> Duration {
    clock(libc::CLOCK_MONOTONIC)
}

fn thread_cpu_ns() -> u64 {
    clock(libc::CLOCK_THREAD_CPUTIME_ID).as_nanos() as u64
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        // SAFETY: the rest of the array is live and of the length given.
        let got = unsafe { libc::getrandom(bytes[filled..].as_mut_ptr().cast(), N - filled, 0) };
        filled += usize::try_from(got).unwrap_or(0); // interrupted: ask again
    }
    bytes
}
