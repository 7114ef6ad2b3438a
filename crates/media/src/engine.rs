//! The core thread's loop: wait, take orders, take datagrams, run timers, send, hand over to Python.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use str0m::IceCreds;

use crate::fact::LegId;
use crate::limits;
use crate::order::{Order, Path, Reoffer, SessionCounts};
use crate::os::{EventFd, thread_cpu_ns, watch};
use crate::outbox::{FactAt, Outbox};
use crate::sdp::BadSdp;
use crate::shard::{Port, Shard, ShardCounts};
use crate::udp::{BATCH, Socket};

/// Python is woken for audio at most this often, for all calls together.
const WAKE_INTERVAL: Duration = Duration::from_millis(20);
/// With this many legs and more, datagrams are taken in turns of this length instead of one by one: at 50 calls that was 1,500
/// wake-ups a second and an eighth of the CPU, for 2.5 ms of delay on average; Python is woken every 20 ms at most anyway.
const MANY_LEGS: usize = 8;
const TURN: Duration = Duration::from_millis(5);
/// Batches one socket may fill in one turn before timers and the others have theirs.
const BATCHES: usize = 4;
const EVENTS: usize = 64;
/// Token of the order eventfd in epoll; sockets use their leg's id, the shared one 0 (leg ids start at 1).
const ORDERS: u64 = u64::MAX;
const SHARED: u64 = 0;

/// What the owner tells the thread.
pub enum Message {
    Adopt { id: LegId, session: Box<dyn Path>, socket: Option<Socket> },
    Replace { id: LegId, session: Box<dyn Path> },
    Order(LegId, Order),
    Reoffer { id: LegId, offer: String, credentials: IceCreds, answer: Sender<Result<String, Reoffer>> },
    OfferRestart(LegId, Sender<Option<String>>),
    AcceptRestart { id: LegId, sdp: String, answer: Sender<Result<(), BadSdp>> },
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
pub struct Common {
    pub outbox: Mutex<Outbox>,
    pub stop: AtomicBool,
    pub wake_python: EventFd,
    pub wake_core: EventFd,
    pub dropped: AtomicU64,
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct Engine {
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
    pub fn new(
        common: Arc<Common>,
        inbox: Receiver<Message>,
        shared: Socket,
        shard: Shard,
        candidates: Vec<SocketAddr>,
    ) -> io::Result<Self> {
        // SAFETY: a plain system call; the descriptor is owned by the wrapper.
        let epoll = EventFd::own(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        watch(&epoll, shared.fd(), SHARED)?;
        watch(&epoll, common.wake_core.raw(), ORDERS)?;
        let own = HashMap::new();
        let woke_python = Instant::now();
        let turn_began = woke_python;
        Ok(Self { common, inbox, epoll, shared, own, shard, candidates, woke_python, owes_python: false, turn_began })
    }

    pub fn run(mut self) {
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
        let count = unsafe { libc::epoll_wait(self.epoll.raw(), events.as_mut_ptr(), EVENTS as i32, timeout) };
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
            }
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
            if taken < BATCH {
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
        theirs.facts.extend(ours.facts.into_iter().map(|fact| FactAt { after_frames, ..fact }));
        return;
    }
    let (bytes, frames) = (theirs.pcm.len(), theirs.frames.len());
    theirs.pcm.extend_from_slice(&ours.pcm);
    theirs.frames.extend(ours.frames.into_iter().map(|mut frame| {
        frame.offset += bytes;
        frame
    }));
    theirs.packets.extend(ours.packets.into_iter().map(|mut packet| {
        packet.offset += bytes;
        packet
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
