//! A core thread's loop: wait, take orders, take datagrams, run timers, send, hand over to Python.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use str0m::IceCreds;

use crate::bell::{Bell, Owed};
use crate::clock::Epoch;
use crate::counts::CoreCounts;
use crate::directory::{Directory, ShardNumber};
use crate::fact::LegId;
use crate::forward::{Forwarder, Parcel};
use crate::limits;
use crate::order::{Order, Path, Reoffer, SessionCounts};
use crate::os::{EventFd, thread_cpu_ns, watch};
use crate::outbox::Outbox;
use crate::router::{Router, known};
use crate::sdp::BadSdp;
use crate::shard::{Port, Shard};
use crate::slots;
use crate::stages::{Stage, Stages, enter};
use crate::strain::Strain;
use crate::tcp::{Outlet, TcpCounts};
use crate::udp::{BATCH, Socket};

/// With this many legs and more a thread works slot by slot, with fewer whenever there is something.
const MANY_LEGS: usize = 8;
/// Batches one socket may fill in one turn before timers and the others have theirs.
const BATCHES: usize = 4;
const EVENTS: usize = 64;
/// Token of the thread's eventfd in epoll; sockets use their leg's id, the shared one 0 (leg ids start at 1).
const WOKEN: u64 = u64::MAX;
const SHARED: u64 = 0;
/// How long a thread that found itself strained stays so without a new verdict; those come every second.
const STRAINED_FOR: Duration = Duration::from_secs(2);

/// What the owner tells the thread.
pub enum Message {
    Adopt {
        id: LegId,
        session: Box<dyn Path>,
        socket: Option<Socket>,
    },
    Replace {
        id: LegId,
        session: Box<dyn Path>,
    },
    Order(LegId, Order),
    Reoffer {
        id: LegId,
        offer: String,
        credentials: IceCreds,
        answer: Sender<Result<String, Reoffer>>,
    },
    OfferRestart(LegId, Sender<Option<String>>),
    AcceptRestart {
        id: LegId,
        sdp: String,
        answer: Sender<Result<(), BadSdp>>,
    },
    Ask(LegId, Sender<Option<SessionCounts>>),
    AskAll(Sender<CoreCounts>),
    /// The far end has closed its TCP connection.
    HungUp(SocketAddr),
}

/// What all threads of a core and their owner share.
pub struct Commons {
    pub epoch: Epoch,
    pub candidates: Vec<SocketAddr>,
    pub directory: Arc<Directory>,
    pub stop: AtomicBool,
    pub bell: Bell,
    pub seats: Vec<Seat>,
}

/// What one thread and its owner share. The outbox is locked by nobody but the two: by the thread once a turn, by Python to drain.
pub struct Seat {
    pub outbox: Mutex<Outbox>,
    pub wake: EventFd,
    /// Legs adopted or about to be.
    pub legs: AtomicUsize,
    /// Until when the thread takes no more calls if it can be helped, on the clock of `Epoch::micros`.
    pub strained_until_us: AtomicU64,
    pub dropped: AtomicU64,
}

impl Seat {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            outbox: Mutex::default(),
            wake: EventFd::new()?,
            legs: AtomicUsize::new(0),
            strained_until_us: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        })
    }

    /// Whether the thread should be spared new calls.
    pub fn is_strained(&self, now_us: u64) -> bool {
        now_us < self.strained_until_us.load(Ordering::Relaxed)
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What reaches a thread besides its sockets.
pub struct Intake {
    pub orders: Receiver<Message>,
    /// Its datagrams that arrived at other shards.
    pub parcels: Receiver<Parcel>,
    /// Its packets from TCP connections.
    pub frames: Receiver<Parcel>,
}

/// Where a thread's packets go that do not leave by its own sockets.
pub struct Outlets {
    pub forwarder: Forwarder,
    pub tcp: Option<Outlet>,
}

pub struct Engine {
    commons: Arc<Commons>,
    me: ShardNumber,
    intake: Intake,
    epoll: EventFd,
    shared: Socket,
    own: HashMap<LegId, Socket>,
    shard: Shard,
    router: Router,
    forwarder: Forwarder,
    tcp: Option<Outlet>,
    /// TCP connections that are closed; their last packets are among the parcels.
    hung_up: Vec<SocketAddr>,
    strain: Strain,
    stages: Stages,
    owed: Option<Owed>,
    /// When to look at the bell again.
    bell_due_us: u64,
    turn_began_us: u64,
}

impl Engine {
    pub fn new(commons: Arc<Commons>, me: ShardNumber, intake: Intake, shared: Socket, outlets: Outlets) -> io::Result<Self> {
        // SAFETY: a plain system call; the descriptor is owned by the wrapper.
        let epoll = EventFd::own(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        watch(&epoll, shared.fd(), SHARED)?;
        watch(&epoll, commons.seats[usize::from(me)].wake.raw(), WOKEN)?;
        let (now, directory) = (Instant::now(), &commons.directory);
        Ok(Self {
            me,
            intake,
            epoll,
            shared,
            own: HashMap::new(),
            shard: Shard::among(commons.epoch, me, directory.clone()),
            router: Router::new(me, commons.seats.len() as ShardNumber, directory.clone()),
            forwarder: outlets.forwarder,
            tcp: outlets.tcp,
            hung_up: Vec::new(),
            strain: Strain::new(now),
            stages: Stages::new(thread_cpu_ns),
            owed: None,
            bell_due_us: 0,
            turn_began_us: commons.epoch.micros(now),
            commons,
        })
    }

    pub fn run(mut self) {
        while !self.commons.stop.load(Ordering::Acquire) {
            let ready = self.wait();
            self.stages.begin_turn();
            // A leg is adopted before its far end's first check is looked at, which may have come in the same turn; and what has come
            // goes before what is due: a caller who begins to speak stops the frame that is due now.
            if ready.contains(&WOKEN) {
                self.take_orders();
            }
            for port in ready.into_iter().filter(|token| *token != WOKEN) {
                self.receive(if port == SHARED { Port::Shared } else { Port::Own(port) });
            }
            self.take_parcels();
            self.shard.work(Instant::now());
            self.send();
            self.close_sockets();
            self.stages.end_turn();
            let now = Instant::now();
            self.hand_over(now);
            self.look_at_yourself(now);
        }
    }

    fn seat(&self) -> &Seat {
        &self.commons.seats[usize::from(self.me)]
    }

    /// Sleep until a socket, an order or a timer wants something.
    fn wait(&mut self) -> Vec<u64> {
        let mut now = Instant::now();
        if self.shard.len() >= MANY_LEGS {
            let rest = slots::rest(self.turn_began_us, self.commons.epoch.micros(now));
            if !rest.is_zero() {
                std::thread::sleep(rest);
                now = Instant::now();
            }
        }
        let mut wait = self.shard.deadline().map(|at| at.saturating_duration_since(now));
        if self.owed.is_some() {
            let bell = Duration::from_micros(self.bell_due_us.saturating_sub(self.commons.epoch.micros(now)));
            wait = Some(wait.map_or(bell, |wait| wait.min(bell)));
        }
        // Rounded up to whole milliseconds: frames of one millisecond share a wake-up.
        let timeout = wait.map_or(-1, |wait| wait.as_micros().div_ceil(1000) as i32);
        let mut events: [libc::epoll_event; EVENTS] = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
        // SAFETY: the array is live and of the length given.
        let count = unsafe { libc::epoll_wait(self.epoll.raw(), events.as_mut_ptr(), EVENTS as i32, timeout) };
        self.turn_began_us = self.commons.epoch.micros(Instant::now());
        events[..usize::try_from(count).unwrap_or(0)].iter().map(|event| event.u64).collect()
    }

    fn take_orders(&mut self) {
        let _stage = enter(Stage::Orders);
        self.seat().wake.clear();
        loop {
            let message = match self.intake.orders.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            };
            let now = Instant::now();
            match message {
                Message::Adopt { id, session, socket } => self.adopt(now, id, session, socket),
                Message::Order(id, order) => self.shard.order(now, id, order),
                Message::Replace { id, session } => self.shard.replace(now, id, session),
                Message::OfferRestart(id, answer) => {
                    let _ = answer.send(self.shard.offer_restart(now, id));
                }
                Message::AcceptRestart { id, sdp, answer } => {
                    let _ = answer.send(self.shard.accept_restart(now, id, &sdp));
                }
                Message::Reoffer { id, offer, credentials, answer } => {
                    let _ = answer.send(self.shard.reoffer(now, id, &offer, credentials));
                }
                Message::Ask(id, answer) => {
                    let _ = answer.send(self.shard.leg_counts(id)); // whoever asked may have given up
                }
                Message::AskAll(answer) => {
                    let _ = answer.send(self.counts());
                }
                Message::HungUp(address) => self.hung_up.push(address),
            }
        }
    }

    /// Our datagrams that arrived at other shards, and packets from TCP connections; more than these are for the next turn.
    fn take_parcels(&mut self) {
        let _stage = enter(Stage::Receive);
        for (port, parcels) in [(Port::Shared, &self.intake.parcels), (Port::Tcp, &self.intake.frames)] {
            for parcel in parcels.try_iter().take(limits::PARCELS) {
                let now = Instant::now();
                for (source, destination, bytes) in parcel.datagrams() {
                    self.shard.datagram(now, port, source, destination, bytes);
                }
            }
        }
        for address in self.hung_up.drain(..) {
            self.shard.hung_up(address);
        }
    }

    fn adopt(&mut self, now: Instant, id: LegId, session: Box<dyn Path>, socket: Option<Socket>) {
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
        let _stage = enter(Stage::Receive);
        let Some(socket) = (match port {
            Port::Shared => Some(&mut self.shared),
            Port::Own(id) => self.own.get_mut(&id),
            Port::Tcp => None, // connections have a thread of their own
        }) else {
            return;
        };
        let (shard, router, forwarder) = (&mut self.shard, &self.router, &mut self.forwarder);
        let candidates = &self.commons.candidates;
        let now = Instant::now();
        for _ in 0..BATCHES {
            let taken = socket.receive(|source, destination, bytes| match port {
                Port::Own(_) | Port::Tcp => shard.datagram(now, port, source, destination, bytes),
                Port::Shared => {
                    let destination = known(candidates, destination);
                    match router.elsewhere(source, bytes) {
                        Some(other) => forwarder.push(other, source, destination, bytes),
                        None => shard.datagram(now, port, source, destination, bytes),
                    }
                }
            });
            if taken < BATCH {
                break;
            }
        }
        let seats = &self.commons.seats;
        self.forwarder.flush(|other| seats[usize::from(other)].wake.signal());
    }

    fn send(&mut self) {
        let _stage = enter(Stage::Send);
        let notices = self.shard.take_notices();
        if let Some(tcp) = &mut self.tcp {
            let over_tcp = self.shard.outgoing.iter().filter(|packet| packet.port == Port::Tcp).map(|packet| &packet.transmit);
            tcp.send(&notices, over_tcp.map(|packet| (packet.source, packet.destination, &*packet.contents)));
        }
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
        self.shard.note_sent(Instant::now());
    }

    fn close_sockets(&mut self) {
        for id in self.shard.take_closed() {
            self.own.remove(&id); // closing a descriptor takes it out of epoll
            self.seat().legs.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Put down for Python what there is, and ring: at once if it is urgent, else when it is time for all shards together.
    fn hand_over(&mut self, now: Instant) {
        let mut urgent = false;
        if !self.shard.outbox.is_empty() {
            let seat = &self.commons.seats[usize::from(self.me)];
            let mut theirs = lock(&seat.outbox);
            theirs.take_in(&mut self.shard.outbox);
            urgent = std::mem::take(&mut theirs.urgent);
            seat.dropped.fetch_add(std::mem::take(&mut theirs.dropped_bytes), Ordering::Relaxed);
            drop(theirs);
            self.owed = Some(self.commons.bell.owe());
        }
        let Some(owed) = self.owed else { return };
        match self.commons.bell.settle(owed, self.commons.epoch.micros(now), urgent) {
            Some(again_us) => self.bell_due_us = again_us,
            None => self.owed = None,
        }
    }

    /// Once a second: is this thread at its end?
    fn look_at_yourself(&mut self, now: Instant) {
        if self.strain.judge(now, thread_cpu_ns, self.shard.lateness()) == Some(true) {
            let until_us = self.commons.epoch.micros(now + STRAINED_FOR);
            self.seat().strained_until_us.store(until_us, Ordering::Relaxed);
        }
    }

    fn counts(&self) -> CoreCounts {
        let (addresses, user_fragments, timers) = self.shard.table_sizes();
        CoreCounts {
            shard: self.shard.counts(),
            threads: 1,
            legs: self.shard.len(),
            addresses,
            user_fragments,
            timers,
            thread_cpu_ns: thread_cpu_ns(),
            stages: self.stages.counts(),
            send_refused: self.shared.dropped() + self.own.values().map(Socket::dropped).sum::<u64>(),
            outbox_dropped_bytes: self.seat().dropped.load(Ordering::Relaxed),
            forward: self.forwarder.counts(),
            tcp: TcpCounts { dropped: self.tcp.as_ref().map_or(0, |tcp| tcp.counts().dropped), ..TcpCounts::default() },
            ..CoreCounts::default()
        }
    }
}
