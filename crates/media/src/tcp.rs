//! ICE over TCP (RFC 6544): far ends whose network blocks UDP connect to one TCP port for all calls. One thread keeps the listener and
//! all its connections; packets travel between it and the shards in parcels. It knows nothing of calls: the first frame of a connection
//! is a connectivity check that names a shard, and whether a leg accepts it, the shard tells.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::addresses::Notice;
use crate::directory::ShardNumber;
use crate::forward::Forwarder;
use crate::limits;
use crate::os::{EventFd, rewatch, watch};
use crate::router::{known, shard_named};

mod connection;
mod counts;
mod outlet;
#[cfg(test)]
mod tests;

use connection::{Connection, Written};
pub use counts::{Tally, TcpCounts};
pub use outlet::{Inlet, Outlet, Spring, channel};

/// Tokens in epoll; connections have the numbers below.
const WOKEN: u64 = u64::MAX;
const LISTENER: u64 = u64::MAX - 1;
const EVENTS: usize = 64;
/// Connections taken in one turn before the others have theirs.
const ACCEPTS: usize = 64;
/// Bytes taken from one connection in one turn: half a second of a caller's packets is 3 KB.
const READ: usize = 16 * 1024;
/// A process without descriptors takes no connections for so long: the one that waits would wake the thread again and again.
const BREATH: Duration = Duration::from_secs(1);
/// A parcel that found its shard's channel full tries again after this, a shard's own turn.
const RETRY: Duration = Duration::from_millis(5);

/// The ways from here into the shards.
pub struct Shards {
    pub count: ShardNumber,
    pub frames: Forwarder,
    pub wake: Box<dyn Fn(ShardNumber) + Send>,
    /// Tell a shard that a connection of its is closed, after its frames.
    pub hung_up: Box<dyn Fn(ShardNumber, SocketAddr) + Send>,
}

/// What epoll has found.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    token: u64,
    readable: bool,
    writable: bool,
}

pub struct Keeper {
    listener: TcpListener,
    candidates: Vec<SocketAddr>,
    epoll: EventFd,
    inlet: Inlet,
    shards: Shards,
    connections: HashMap<u64, Connection>,
    tokens: HashMap<SocketAddr, u64>,
    strangers: HashMap<IpAddr, usize>,
    /// Closed ones of which their shards have not heard.
    closed: Vec<(ShardNumber, SocketAddr)>,
    /// Until when each connection may be a stranger's, in the order they came.
    patience: VecDeque<(Instant, u64)>,
    next: u64,
    /// No connections are taken until then.
    rests_until: Option<Instant>,
    buffer: Box<[u8]>,
    tally: Arc<Tally>,
}

impl Keeper {
    /// `candidates` are the addresses under which far ends reach `listener`.
    pub fn new(listener: TcpListener, candidates: Vec<SocketAddr>, inlet: Inlet, shards: Shards) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        // SAFETY: a plain system call; the descriptor is owned by the wrapper.
        let epoll = EventFd::own(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        watch(&epoll, connection::raw(&listener), LISTENER)?;
        watch(&epoll, inlet.wake.raw(), WOKEN)?;
        Ok(Self {
            listener,
            candidates,
            epoll,
            inlet,
            shards,
            connections: HashMap::new(),
            tokens: HashMap::new(),
            strangers: HashMap::new(),
            closed: Vec::new(),
            patience: VecDeque::new(),
            next: 0,
            rests_until: None,
            buffer: vec![0; READ].into_boxed_slice(),
            tally: Arc::default(),
        })
    }

    pub fn tally(&self) -> Arc<Tally> {
        self.tally.clone()
    }

    pub fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) {
            let now = Instant::now();
            let wait = self.deadline().map(|at| at.saturating_duration_since(now));
            let wait = if self.shards.frames.is_waiting() { Some(wait.unwrap_or(RETRY).min(RETRY)) } else { wait };
            let ready = self.wait(wait);
            self.turn(Instant::now(), &ready);
        }
    }

    /// When `turn` has something to do even if nothing comes.
    fn deadline(&self) -> Option<Instant> {
        let stranger = self.patience.front().map(|(until, _)| *until);
        [stranger, self.rests_until].into_iter().flatten().min()
    }

    /// Sleep until something comes, or for `timeout`.
    pub fn wait(&self, timeout: Option<Duration>) -> Vec<Ready> {
        let timeout = timeout.map_or(-1, |wait| wait.as_micros().div_ceil(1000) as i32);
        let mut events: [libc::epoll_event; EVENTS] = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
        // SAFETY: the array is live and of the length given.
        let count = unsafe { libc::epoll_wait(self.epoll.raw(), events.as_mut_ptr(), EVENTS as i32, timeout) };
        let ready = |event: &libc::epoll_event| {
            let happened = event.events;
            let writable = happened & libc::EPOLLOUT as u32 != 0;
            Ready { token: event.u64, readable: happened & !(libc::EPOLLOUT as u32) != 0, writable }
        };
        events[..usize::try_from(count).unwrap_or(0)].iter().map(ready).collect()
    }

    /// Everything there is to do.
    pub fn turn(&mut self, now: Instant, ready: &[Ready]) {
        for ready in ready {
            match ready.token {
                LISTENER => self.accept(now),
                WOKEN => self.inlet.wake.clear(),
                token => {
                    if ready.writable {
                        self.write(token, &[]);
                    }
                    if ready.readable {
                        self.read(token);
                    }
                }
            }
        }
        self.take_from_shards();
        self.lose_patience(now);
        self.shards.frames.flush(&self.shards.wake);
        for (shard, peer) in self.closed.drain(..) {
            (self.shards.hung_up)(shard, peer); // after its last frames: a far end says goodbye before it closes
        }
    }

    fn accept(&mut self, now: Instant) {
        for _ in 0..ACCEPTS {
            match self.listener.accept() {
                Ok((stream, peer)) => self.admit(now, stream, peer),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
                Err(_) => {
                    self.rests_until = Some(now + BREATH);
                    self.listen(false);
                    return;
                }
            }
        }
    }

    fn listen(&self, on: bool) {
        let _ = rewatch(&self.epoll, connection::raw(&self.listener), LISTENER, on, false); // it cannot fail while both live
    }

    /// A new connection; beyond the limits it is closed at once.
    fn admit(&mut self, now: Instant, stream: TcpStream, peer: SocketAddr) {
        let Some(local) = stream.local_addr().ok().filter(|_| self.has_room(peer)) else {
            self.tally.refused.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let token = self.next;
        let Ok(connection) = Connection::new(stream, peer, known(&self.candidates, local)) else { return };
        if watch(&self.epoll, connection.fd(), token).is_err() {
            return;
        }
        self.next += 1;
        self.connections.insert(token, connection);
        self.tokens.insert(peer, token);
        *self.strangers.entry(peer.ip()).or_default() += 1;
        self.patience.push_back((now + limits::TCP_PATIENCE, token));
        self.note_connections();
    }

    fn has_room(&self, peer: SocketAddr) -> bool {
        self.connections.len() < limits::TCP_CONNECTIONS
            && self.strangers.values().sum::<usize>() < limits::TCP_STRANGERS
            && self.strangers.get(&peer.ip()).is_none_or(|there| *there < limits::TCP_STRANGERS_OF_AN_ADDRESS)
            && !self.tokens.contains_key(&peer) // from one port to two addresses of ours: packets back would not know which
    }

    fn read(&mut self, token: u64) {
        let Some(connection) = self.connections.get_mut(&token) else { return };
        let bytes = match connection.read(&mut self.buffer) {
            Ok(0) => return self.close(token),
            Ok(count) => &self.buffer[..count],
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return,
            Err(_) => return self.close(token),
        };
        let Connection { deframer, shard, vouched, peer, local, .. } = connection;
        let (shards, mut lost) = (&mut self.shards, false);
        let outcome = deframer.push(bytes, |frame| {
            let named = shard_named(frame).filter(|named| *named < shards.count);
            *shard = named.or(*shard);
            match *shard {
                None => lost = true,
                Some(to) if *vouched || named.is_some() => shards.frames.push(to, *peer, *local, frame),
                Some(_) => {} // more than a check can wait until somebody has accepted that
            }
        });
        if lost || outcome.is_err() {
            self.tally.refused.fetch_add(1, Ordering::Relaxed);
            self.close(token);
        }
    }

    fn take_from_shards(&mut self) {
        // Notices first: what a leg has said before it was done is in a parcel by now.
        let notices: Vec<Notice> = self.inlet.notices.try_iter().collect();
        for notice in &notices {
            if let Notice::Vouched(peer) = notice {
                self.vouch(*peer);
            }
        }
        for _ in 0..limits::PARCELS {
            let Ok(parcel) = self.inlet.parcels.try_recv() else { break };
            for (_, peer, packet) in parcel.datagrams() {
                if let Some(token) = self.tokens.get(&peer) {
                    self.write(*token, packet);
                }
            }
        }
        for notice in &notices {
            if let Notice::Done(peer) = notice
                && let Some(token) = self.tokens.get(peer)
            {
                self.close(*token);
            }
        }
    }

    /// Write a packet, or what waits if it is empty.
    fn write(&mut self, token: u64, packet: &[u8]) {
        let Some(connection) = self.connections.get_mut(&token) else { return };
        let waited = connection.is_waiting();
        match connection.write(packet) {
            Written::Dropped => {
                self.tally.dropped.fetch_add(1, Ordering::Relaxed);
            }
            Written::Broken => return self.close(token),
            Written::Taken => {}
        }
        if connection.is_waiting() != waited {
            let _ = rewatch(&self.epoll, connection.fd(), token, true, !waited); // it cannot fail while both live
        }
    }

    fn vouch(&mut self, peer: SocketAddr) {
        let token = self.tokens.get(&peer);
        if let Some(connection) = token.and_then(|token| self.connections.get_mut(token))
            && !std::mem::replace(&mut connection.vouched, true)
        {
            self.no_stranger(peer.ip());
        }
    }

    fn no_stranger(&mut self, ip: IpAddr) {
        let Some(count) = self.strangers.get_mut(&ip) else { return };
        *count -= 1;
        if *count == 0 {
            self.strangers.remove(&ip);
        }
    }

    fn lose_patience(&mut self, now: Instant) {
        if self.rests_until.is_some_and(|until| until <= now) {
            self.rests_until = None;
            self.listen(true);
        }
        while let Some((until, token)) = self.patience.front().copied() {
            let stranger = self.connections.get(&token).is_some_and(|connection| !connection.vouched);
            if stranger && until > now {
                return;
            }
            self.patience.pop_front();
            if stranger {
                self.tally.refused.fetch_add(1, Ordering::Relaxed);
                self.close(token);
            }
        }
    }

    fn close(&mut self, token: u64) {
        let Some(connection) = self.connections.remove(&token) else { return }; // dropping it takes it out of epoll
        self.tokens.remove(&connection.peer);
        if !connection.vouched {
            self.no_stranger(connection.peer.ip());
        }
        if let Some(shard) = connection.shard {
            self.closed.push((shard, connection.peer));
        }
        self.note_connections();
    }

    fn note_connections(&self) {
        self.tally.connections.store(self.connections.len() as u64, Ordering::Relaxed);
    }
}
