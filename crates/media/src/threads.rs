//! The threads of a core: one shard each, all behind one UDP port. A leg stays on its thread for life.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::bell::Bell;
use crate::clock::Epoch;
use crate::counts::CoreCounts;
use crate::directory::{Directory, ShardNumber};
use crate::engine::{Commons, Engine, Intake, Message, Outlets, Seat, lock};
use crate::forward::{self, Forwarder, Parcel};
use crate::outbox::Outbox;
use crate::tcp::{self, Keeper, Shards, Spring, Tally};
use crate::udp::Socket;

/// How long a question to a core thread may take; it answers within a millisecond unless the machine is overwhelmed.
pub const ANSWER_PATIENCE: Duration = Duration::from_secs(2);

pub struct Threads {
    commons: Arc<Commons>,
    orders: Vec<Sender<Message>>,
    tcp: Option<(Spring, Arc<Tally>)>,
    handles: Vec<JoinHandle<()>>,
}

impl Threads {
    /// One thread for each socket; all sockets are on the same port.
    /// With a listener there is one more, for the connections that reach it under the addresses beside it.
    pub fn start(
        epoch: Epoch,
        sockets: Vec<Socket>,
        candidates: Vec<SocketAddr>,
        tcp: Option<(TcpListener, Vec<SocketAddr>)>,
    ) -> io::Result<Self> {
        let commons = Arc::new(Commons {
            epoch,
            candidates,
            directory: Arc::new(Directory::default()),
            stop: AtomicBool::new(false),
            bell: Bell::new()?,
            seats: sockets.iter().map(|_| Seat::new()).collect::<io::Result<_>>()?,
        });
        let (ways, parcels): (Vec<_>, Vec<_>) = sockets.iter().map(|_| forward::way()).unzip();
        let (tcp_ways, frames): (Vec<_>, Vec<_>) = sockets.iter().map(|_| forward::way()).unzip();
        let (spring, inlet) = tcp::channel()?;
        let mut threads = Self { commons, orders: Vec::new(), tcp: None, handles: Vec::new() };
        for (me, ((socket, parcels), frames)) in sockets.into_iter().zip(parcels).zip(frames).enumerate() {
            let (sender, orders) = mpsc::channel();
            let others = ways.iter().enumerate().filter(|(other, _)| *other != me);
            let forwarder = Forwarder::new(others.map(|(other, way)| (other as ShardNumber, way.clone())));
            let intake = Intake { orders, parcels, frames };
            let outlets = Outlets { forwarder, tcp: tcp.as_ref().map(|_| spring.outlet()) };
            let engine = Engine::new(threads.commons.clone(), me as ShardNumber, intake, socket, outlets)?;
            let thread = std::thread::Builder::new().name(format!("antiphon-media{me}"));
            threads.orders.push(sender);
            threads.handles.push(thread.spawn(move || engine.run())?);
        }
        if let Some((listener, candidates)) = tcp {
            let keeper = Keeper::new(listener, candidates, inlet, threads.shards(tcp_ways))?;
            threads.tcp = Some((spring, keeper.tally()));
            let commons = threads.commons.clone();
            let thread = std::thread::Builder::new().name("antiphon-tcp".into());
            threads.handles.push(thread.spawn(move || keeper.run(&commons.stop))?);
        }
        Ok(threads)
    }

    /// How the connections' thread reaches the others.
    fn shards(&self, ways: Vec<SyncSender<Parcel>>) -> Shards {
        let (ringing, telling, orders) = (self.commons.clone(), self.commons.clone(), self.orders.clone());
        let wake = |commons: &Commons, shard: ShardNumber| commons.seats[usize::from(shard)].wake.signal();
        Shards {
            count: self.count() as ShardNumber,
            frames: Forwarder::new(ways.into_iter().enumerate().map(|(shard, way)| (shard as ShardNumber, way))),
            wake: Box::new(move |shard| wake(&ringing, shard)),
            hung_up: Box::new(move |shard, address| {
                if orders[usize::from(shard)].send(Message::HungUp(address)).is_ok() {
                    wake(&telling, shard);
                }
            }),
        }
    }

    pub fn count(&self) -> usize {
        self.commons.seats.len()
    }

    /// Readable when `drain` has something.
    pub fn fd(&self) -> RawFd {
        self.commons.bell.fd()
    }

    /// Host candidates of answered legs.
    pub fn candidates(&self) -> &[SocketAddr] {
        &self.commons.candidates
    }

    /// Everything since the last call, shard by shard: what one leg did is in the order it did it.
    pub fn drain(&self) -> Outbox {
        self.commons.bell.clear();
        let mut all = Outbox::default();
        for seat in &self.commons.seats {
            let mut theirs = std::mem::take(&mut *lock(&seat.outbox));
            if all.is_empty() {
                all = theirs;
            } else {
                all.take_in(&mut theirs);
            }
        }
        all
    }

    /// Put something down for Python in a shard's name; it is told at once.
    pub fn put(&self, shard: ShardNumber, put: impl FnOnce(&mut Outbox)) {
        put(&mut lock(&self.commons.seats[usize::from(shard)].outbox));
        self.commons.bell.ring();
    }

    /// Where the next leg lives best: on a thread that is not at its end, with the fewest legs. `turn` decides between equals.
    pub fn place(&self, turn: u64) -> ShardNumber {
        let count = self.count();
        let from = (turn % count as u64) as usize;
        let now_us = self.commons.epoch.micros(Instant::now());
        let all = (0..count).map(|step| (from + step) % count);
        let least = all.min_by_key(|shard| {
            let seat = &self.commons.seats[*shard];
            (seat.is_strained(now_us), seat.legs.load(Ordering::Relaxed))
        });
        least.unwrap_or(0) as ShardNumber
    }

    /// Whether every thread is at its end.
    pub fn are_strained(&self) -> bool {
        let now_us = self.commons.epoch.micros(Instant::now());
        self.commons.seats.iter().all(|seat| seat.is_strained(now_us))
    }

    /// Tell a thread.
    pub fn send(&self, shard: ShardNumber, message: Message) {
        let shard = usize::from(shard);
        let seat = &self.commons.seats[shard];
        if matches!(message, Message::Adopt { .. }) {
            seat.legs.fetch_add(1, Ordering::Relaxed);
        }
        if self.orders[shard].send(message).is_ok() {
            seat.wake.signal();
        }
    }

    /// Totals; None if a thread does not answer.
    pub fn counts(&self) -> Option<CoreCounts> {
        let (answer, answers) = mpsc::channel();
        for shard in 0..self.count() {
            self.send(shard as ShardNumber, Message::AskAll(answer.clone()));
        }
        let mut counts = CoreCounts::default();
        for _ in 0..self.count() {
            counts.add(&answers.recv_timeout(ANSWER_PATIENCE).ok()?);
        }
        if let Some((_, tally)) = &self.tcp {
            counts.tcp.add(&tally.counts());
        }
        Some(counts)
    }

    /// Stop all; legs are dropped without a word to their far ends.
    pub fn stop(&mut self) {
        self.commons.stop.store(true, Ordering::Release);
        for seat in &self.commons.seats {
            seat.wake.signal();
        }
        if let Some((spring, _)) = &self.tcp {
            spring.wake();
        }
        for handle in self.handles.drain(..) {
            let _ = handle.join();
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop();
    }
}
