//! A shard: all legs of one thread, found by address or user fragment, woken by a heap of timers and never by a scan.
//! It has no socket and no clock; `driver` gives it both, and tests give it virtual ones.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use str0m::net::{Protocol, Transmit};

use crate::addresses::{Addresses, Notice};
use crate::clock::Epoch;
use crate::counts::ShardCounts;
use crate::directory::{Directory, ShardNumber};
use crate::fact::{Fact, LegId};
use crate::lateness::Lateness;
use crate::order::{Order, Path, SessionCounts, Sink};
use crate::outbox::Outbox;
use crate::peer::Peer;
use crate::router;
use crate::stages::{Stage, enter};

mod renewal;

/// Which socket a datagram came by or leaves by. Legs that were answered share one; a leg that dialled has its own, because
/// the far end tells our legs apart by our address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    Shared,
    Own(LegId),
    /// Connections that far ends have opened to the one TCP port.
    Tcp,
}

/// A datagram to send.
#[derive(Debug)]
pub struct Outgoing {
    pub port: Port,
    pub transmit: Transmit,
}

struct Leg {
    session: Box<dyn Path>,
    port: Port,
    /// As `by_ufrag` has it.
    ufrag: Option<String>,
    /// The earliest entry in the heap that is for this leg and not stale.
    scheduled: Option<Instant>,
    /// It is among `busy`.
    busy: bool,
}

/// What a leg's poll produces, on its way to the outbox and the socket.
struct Tray<'a> {
    leg: LegId,
    port: Port,
    epoch: Epoch,
    outbox: &'a mut Outbox,
    outgoing: &'a mut Vec<Outgoing>,
    spoken: &'a mut Vec<Instant>,
}

impl Sink for Tray<'_> {
    fn transmit(&mut self, transmit: Transmit) {
        let port = if transmit.proto == Protocol::Tcp { Port::Tcp } else { self.port };
        self.outgoing.push(Outgoing { port, transmit });
    }

    fn audio(&mut self, now: Instant, pcm: &[i16]) {
        self.outbox.audio(self.leg, self.epoch.millis(now), pcm);
    }

    fn fact(&mut self, now: Instant, fact: Fact) {
        self.outbox.fact(self.leg, self.epoch.millis(now), fact);
    }

    fn packet(&mut self, now: Instant, payload: &[u8]) {
        self.outbox.packet(self.leg, self.epoch.millis(now), payload);
    }

    fn spoken(&mut self, due: Instant) {
        self.spoken.push(due);
    }
}

pub struct Shard {
    epoch: Epoch,
    legs: HashMap<LegId, Leg>,
    addresses: Addresses,
    by_ufrag: HashMap<String, LegId>,
    timers: BinaryHeap<Reverse<(Instant, LegId)>>,
    /// Legs that have something to hear or to do.
    busy: Vec<LegId>,
    closed: Vec<LegId>,
    past: ShardCounts,
    pub outbox: Outbox,
    pub outgoing: Vec<Outgoing>,
    /// When each of the agent's packets among `outgoing` was due.
    spoken: Vec<Instant>,
}

impl Shard {
    /// The only shard of its core.
    pub fn new(epoch: Epoch) -> Self {
        Self::among(epoch, 0, Arc::default())
    }

    /// Shard `number` of several, which tell each other their addresses in `directory`.
    pub fn among(epoch: Epoch, number: ShardNumber, directory: Arc<Directory>) -> Self {
        Self {
            epoch,
            legs: HashMap::new(),
            addresses: Addresses::new(number, directory),
            by_ufrag: HashMap::new(),
            timers: BinaryHeap::new(),
            busy: Vec::new(),
            closed: Vec::new(),
            past: ShardCounts::default(),
            outbox: Outbox::default(),
            outgoing: Vec::new(),
            spoken: Vec::new(),
        }
    }

    /// How many legs live.
    pub fn len(&self) -> usize {
        self.legs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    /// Entries of all tables, for leak tests: addresses, user fragments, timers.
    pub fn table_sizes(&self) -> (usize, usize, usize) {
        (self.addresses.len(), self.by_ufrag.len(), self.timers.len())
    }

    /// Take over a session as a new leg.
    pub fn adopt(&mut self, now: Instant, id: LegId, port: Port, mut session: Box<dyn Path>) {
        session.adopt(now);
        self.past.answered += 1;
        self.settle(now, id, port, session);
    }

    fn settle(&mut self, now: Instant, id: LegId, port: Port, session: Box<dyn Path>) {
        self.legs.insert(id, Leg { session, port, ufrag: None, scheduled: None, busy: false });
        self.index(id);
        self.run(now, id, |_| {});
    }

    /// Checks find the leg by the user fragment that its session has now.
    fn index(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let ufrag = leg.session.ufrag().map(str::to_owned);
        if leg.ufrag == ufrag {
            return;
        }
        if let Some(before) = std::mem::replace(&mut leg.ufrag, ufrag.clone()) {
            self.by_ufrag.remove(&before);
        }
        if let Some(ufrag) = ufrag {
            self.by_ufrag.insert(ufrag, id);
        }
    }

    /// An order to a leg; one that is gone has said `Closed`.
    pub fn order(&mut self, now: Instant, id: LegId, order: Order) {
        self.run(now, id, |session| session.order(now, order));
    }

    /// One datagram from a socket; what it brings is heard when `work` is called next.
    pub fn datagram(&mut self, now: Instant, port: Port, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) {
        self.past.datagrams += 1;
        let source = if port == Port::Tcp { Peer::tcp(source) } else { Peer::udp(source) };
        let owner = match port {
            Port::Own(id) => Some(id),
            Port::Shared | Port::Tcp => self.checked_leg(bytes).or_else(|| self.addresses.owner(source)),
        };
        let Some(id) = owner else {
            self.past.strangers += 1;
            return;
        };
        let mut check = false;
        self.with(now, id, |session, tray| check = session.datagram(now, source, destination, bytes, tray));
        self.note_busy(id);
        if check && !matches!(port, Port::Own(_)) && self.legs.contains_key(&id) {
            self.addresses.learn(now, id, source);
        }
    }

    /// The far end has closed a TCP connection.
    pub fn hung_up(&mut self, source: SocketAddr) {
        self.addresses.hung_up(source);
    }

    /// What the keeper of the TCP connections is to know since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.addresses.take_notices()
    }

    /// Let all that have got something or whose time has come hear, and then act. One leg after another does the same, because code and
    /// tables are at hand then: a hundred talking calls take 4 % less.
    pub fn work(&mut self, now: Instant) {
        self.wake(now);
        let mut busy = std::mem::take(&mut self.busy);
        let hearing = enter(Stage::Receive);
        for id in &busy {
            self.with(now, *id, |session, tray| session.hear(now, tray));
        }
        drop(hearing);
        let _acting = enter(Stage::Timers);
        for id in busy.drain(..) {
            self.with(now, id, |session, tray| session.act(now, tray));
            self.conclude(now, id);
        }
        self.busy = busy; // keep its memory
    }

    /// Whose time has come has something to do.
    fn wake(&mut self, now: Instant) {
        let _stage = enter(Stage::Timers);
        while let Some(Reverse((at, id))) = self.timers.peek().copied() {
            if at > now {
                return;
            }
            self.timers.pop();
            let Some(leg) = self.legs.get_mut(&id) else { continue };
            if leg.scheduled != Some(at) {
                continue; // an earlier entry has replaced it
            }
            leg.scheduled = None;
            if leg.session.deadline() <= now {
                self.note_busy(id);
            } else {
                self.schedule(now, id);
            }
        }
    }

    fn note_busy(&mut self, id: LegId) {
        if let Some(leg) = self.legs.get_mut(&id)
            && !std::mem::replace(&mut leg.busy, true)
        {
            self.busy.push(id);
        }
    }

    /// Everything in `outgoing` has been given to the kernel: count how late the agent's packets were.
    pub fn note_sent(&mut self, now: Instant) {
        for due in self.spoken.drain(..) {
            self.past.lateness.note(now.saturating_duration_since(due));
        }
    }

    /// When `work` next has something to do, if nothing comes before.
    pub fn deadline(&self) -> Option<Instant> {
        self.timers.peek().map(|Reverse((at, _))| *at)
    }

    /// Legs that are gone since the last call; their sockets may be closed.
    pub fn take_closed(&mut self) -> Vec<LegId> {
        std::mem::take(&mut self.closed)
    }

    /// How late the agent's packets left so far.
    pub fn lateness(&self) -> &Lateness {
        &self.past.lateness
    }

    pub fn leg_counts(&self, id: LegId) -> Option<SessionCounts> {
        self.legs.get(&id).map(|leg| leg.session.counts())
    }

    /// Totals over all legs, living and gone.
    pub fn counts(&self) -> ShardCounts {
        let mut counts = self.past;
        for leg in self.legs.values() {
            counts.traffic.add(&leg.session.counts().traffic);
        }
        counts
    }

    /// The leg whose user fragment a connectivity check names. A check always wins over the address map: the far end may have
    /// moved, or somebody may have named its address as their own candidate.
    fn checked_leg(&self, bytes: &[u8]) -> Option<LegId> {
        let message = router::check(bytes)?;
        let (ours, _) = message.split_username()?;
        self.by_ufrag.get(ours).copied()
    }

    /// The legs, and what makes one of them its tray.
    fn legs_and_tray<'a>(&'a mut self) -> (&'a mut HashMap<LegId, Leg>, impl FnOnce(LegId, Port) -> Tray<'a>) {
        let (epoch, outbox, outgoing, spoken) = (self.epoch, &mut self.outbox, &mut self.outgoing, &mut self.spoken);
        (&mut self.legs, move |leg, port| Tray { leg, port, epoch, outbox, outgoing, spoken })
    }

    /// Let a leg do what is asked of it and all that is due.
    fn run(&mut self, now: Instant, id: LegId, order: impl FnOnce(&mut dyn Path)) {
        self.with(now, id, |session, tray| {
            order(session);
            session.hear(now, tray);
            session.act(now, tray);
        });
        self.conclude(now, id);
    }

    /// See to what a leg leaves behind that has acted.
    fn conclude(&mut self, now: Instant, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.busy = false;
        if leg.session.is_closed() {
            self.remove(id, true);
        } else {
            self.schedule(now, id);
        }
    }

    /// Let a leg do something. A panic costs that leg alone.
    fn with(&mut self, now: Instant, id: LegId, deed: impl FnOnce(&mut dyn Path, &mut Tray<'_>)) {
        let sent_from = self.outgoing.len();
        let (legs, tray_of) = self.legs_and_tray();
        let Some(Leg { session, port, .. }) = legs.get_mut(&id) else { return };
        let port = *port;
        let mut tray = tray_of(id, port);
        if catch_unwind(AssertUnwindSafe(|| deed(session.as_mut(), &mut tray))).is_err() {
            self.past.panics += 1;
            self.outbox.fact(id, self.epoch.millis(now), Fact::Closed("internal error".into()));
            self.remove(id, false);
            return;
        }
        if port == Port::Shared {
            self.expect_replies(id, sent_from);
        }
        self.past.sent += (self.outgoing.len() - sent_from) as u64;
    }

    /// Answers to our own checks come from where these went. Over TCP the far end has spoken first, and is known.
    fn expect_replies(&mut self, id: LegId, sent_from: usize) {
        for outgoing in &self.outgoing[sent_from..] {
            if outgoing.port == Port::Shared && outgoing.transmit.contents.first() == Some(&0) {
                self.addresses.expect(id, outgoing.transmit.destination);
            }
        }
    }

    fn schedule(&mut self, now: Instant, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let deadline = leg.session.deadline().max(now);
        if leg.scheduled.is_none_or(|scheduled| deadline < scheduled) {
            leg.scheduled = Some(deadline);
            self.timers.push(Reverse((deadline, id)));
        }
    }

    fn remove(&mut self, id: LegId, sane: bool) {
        let Some(leg) = self.legs.remove(&id) else { return };
        if sane {
            self.past.traffic.add(&leg.session.counts().traffic);
        }
        self.forget(id, &leg);
        self.closed.push(id);
    }

    fn forget(&mut self, id: LegId, leg: &Leg) {
        if let Some(ufrag) = &leg.ufrag {
            self.by_ufrag.remove(ufrag);
        }
        self.addresses.forget(id);
    }
}
