//! The threads of a core: one shard each, all behind one UDP port. A leg stays on its thread for life.

use std::io;
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::bell::Bell;
use crate::clock::Epoch;
use crate::counts::CoreCounts;
use crate::directory::{Directory, ShardNumber};
use crate::engine::{Commons, Engine, Intake, Message, Seat, lock};
use crate::forward::{self, Forwarder};
use crate::outbox::Outbox;
use crate::udp::Socket;

/// How long a question to a core thread may take; it answers within a millisecond unless the machine is overwhelmed.
pub const ANSWER_PATIENCE: Duration = Duration::from_secs(2);

pub struct Threads {
    commons: Arc<Commons>,
    orders: Vec<Sender<Message>>,
    handles: Vec<JoinHandle<()>>,
}

impl Threads {
    /// One thread for each socket; all sockets are on the same port.
    pub fn start(epoch: Epoch, sockets: Vec<Socket>, candidates: Vec<SocketAddr>) -> io::Result<Self> {
        let commons = Arc::new(Commons {
            epoch,
            candidates,
            directory: Arc::new(Directory::default()),
            stop: AtomicBool::new(false),
            bell: Bell::new()?,
            seats: sockets.iter().map(|_| Seat::new()).collect::<io::Result<_>>()?,
        });
        let (ways, parcels): (Vec<_>, Vec<_>) = sockets.iter().map(|_| forward::way()).unzip();
        let mut threads = Self { commons, orders: Vec::new(), handles: Vec::new() };
        for (me, (socket, parcels)) in sockets.into_iter().zip(parcels).enumerate() {
            let (sender, orders) = mpsc::channel();
            let others = ways.iter().enumerate().filter(|(other, _)| *other != me);
            let forwarder = Forwarder::new(others.map(|(other, way)| (other as ShardNumber, way.clone())));
            let intake = Intake { orders, parcels };
            let engine = Engine::new(threads.commons.clone(), me as ShardNumber, intake, socket, forwarder)?;
            let thread = std::thread::Builder::new().name(format!("antiphon-media{me}"));
            threads.orders.push(sender);
            threads.handles.push(thread.spawn(move || engine.run())?);
        }
        Ok(threads)
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
        Some(counts)
    }

    /// Stop all; legs are dropped without a word to their far ends.
    pub fn stop(&mut self) {
        self.commons.stop.store(true, Ordering::Release);
        for seat in &self.commons.seats {
            seat.wake.signal();
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
