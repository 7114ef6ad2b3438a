//! Which leg a peer belongs to, within one shard. UDP addresses are told to the other shards too, because a datagram may arrive at any
//! of them; a TCP connection knows its shard, and is told in turn whether a leg vouches for it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::directory::{Directory, ShardNumber};
use crate::fact::LegId;
use crate::limits;
use crate::peer::Peer;

/// What the keeper of the TCP connections is to know of one, by its far end's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A leg has accepted a connectivity check from there.
    Vouched(SocketAddr),
    /// No leg needs it any longer.
    Done(SocketAddr),
}

/// Whose packets come from an address: a leg's that has sent there, or better, one's whose signed check has come from there.
#[derive(Clone, Copy, Debug)]
struct Owner {
    leg: LegId,
    proven: Option<Instant>,
}

pub struct Addresses {
    number: ShardNumber,
    directory: Arc<Directory>,
    owners: HashMap<Peer, Owner>,
    /// Each leg's, in the order it learnt them.
    peers: HashMap<LegId, Vec<Peer>>,
    notices: Vec<Notice>,
}

impl Addresses {
    /// Of shard `number`.
    pub fn new(number: ShardNumber, directory: Arc<Directory>) -> Self {
        Self { number, directory, owners: HashMap::new(), peers: HashMap::new(), notices: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.owners.len()
    }

    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    pub fn owner(&self, peer: Peer) -> Option<LegId> {
        self.owners.get(&peer).map(|owner| owner.leg)
    }

    /// A check has shown that a leg's far end is there; but another leg's that has shown the same lately keeps its address, for a
    /// source is easily forged and the other's packets would be lost.
    pub fn learn(&mut self, now: Instant, id: LegId, peer: Peer) {
        let owner = self.owners.get(&peer).copied();
        let is_kept = |owner: Owner| owner.leg != id && owner.proven.is_some_and(|at| now < at + limits::ADDRESS_KEPT);
        if owner.is_some_and(is_kept) {
            return;
        }
        if !peer.is_tcp() && !self.directory.claim(now, peer.address, self.number) {
            return;
        }
        self.owners.insert(peer, Owner { leg: id, proven: Some(now) });
        let before = owner.map(|owner| owner.leg);
        if before == Some(id) {
            return;
        }
        if let Some(others) = before.and_then(|other| self.peers.get_mut(&other)) {
            others.retain(|known| *known != peer);
        }
        self.peers.entry(id).or_default().push(peer);
        if peer.is_tcp() {
            self.notices.push(Notice::Vouched(peer.address));
            self.keep_few(id);
        }
    }

    /// A leg's check has gone to `address`: answers to it carry no user name, and are known by where they come from. Not so if the
    /// address is another leg's.
    pub fn expect(&mut self, id: LegId, address: SocketAddr) {
        let peer = Peer::udp(address);
        if !self.owners.contains_key(&peer) && self.directory.claim_free(address, self.number) {
            self.owners.insert(peer, Owner { leg: id, proven: None });
            self.peers.entry(id).or_default().push(peer);
        }
    }

    /// The leg is gone, or starts anew.
    pub fn forget(&mut self, id: LegId) {
        for peer in self.peers.remove(&id).unwrap_or_default() {
            self.drop_peer(peer);
        }
    }

    /// A connection was closed by its far end.
    pub fn hung_up(&mut self, address: SocketAddr) {
        let peer = Peer::tcp(address);
        if let Some(owner) = self.owners.remove(&peer)
            && let Some(known) = self.peers.get_mut(&owner.leg)
        {
            known.retain(|known| *known != peer);
        }
    }

    /// What there is to tell since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// A leg's oldest connections give way to its newest.
    fn keep_few(&mut self, id: LegId) {
        let Some(known) = self.peers.get_mut(&id) else { return };
        if known.iter().filter(|peer| peer.is_tcp()).count() > limits::TCP_CONNECTIONS_OF_A_LEG
            && let Some(oldest) = known.iter().position(|peer| peer.is_tcp())
        {
            let oldest = known.remove(oldest);
            self.drop_peer(oldest);
        }
    }

    fn drop_peer(&mut self, peer: Peer) {
        self.owners.remove(&peer);
        if peer.is_tcp() {
            self.notices.push(Notice::Done(peer.address));
        } else {
            self.directory.release(peer.address, self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn empty() -> (Addresses, Arc<Directory>, Instant) {
        let directory = Arc::new(Directory::default());
        (Addresses::new(3, directory.clone()), directory, Instant::now())
    }

    #[test]
    fn one_address_over_udp_and_over_tcp_may_be_two_legs() {
        let (mut addresses, directory, now) = empty();
        addresses.learn(now, 1, Peer::udp(address(5)));
        addresses.learn(now, 2, Peer::tcp(address(5)));
        assert_eq!((Some(1), Some(2)), (addresses.owner(Peer::udp(address(5))), addresses.owner(Peer::tcp(address(5)))));
        addresses.forget(2);
        assert_eq!((Some(1), None), (addresses.owner(Peer::udp(address(5))), addresses.owner(Peer::tcp(address(5)))));
        assert_eq!(Some(3), directory.shard_of(address(5)), "the UDP address is told to the other shards");
        addresses.forget(1);
        assert!(addresses.is_empty() && directory.is_empty());
    }

    #[test]
    fn a_connection_is_vouched_for_once_and_done_when_its_leg_is() {
        let (mut addresses, directory, now) = empty();
        addresses.learn(now, 1, Peer::tcp(address(5)));
        addresses.learn(now, 1, Peer::tcp(address(5)));
        assert!(directory.is_empty(), "a connection knows its shard");
        assert_eq!(vec![Notice::Vouched(address(5))], addresses.take_notices());
        addresses.forget(1);
        assert_eq!(vec![Notice::Done(address(5))], addresses.take_notices());
    }

    #[test]
    fn a_connection_that_another_leg_has_taken_over_outlives_the_first() {
        let (mut addresses, _, now) = empty();
        addresses.learn(now, 1, Peer::tcp(address(5)));
        addresses.learn(now, 2, Peer::tcp(address(5)));
        assert_eq!(Some(1), addresses.owner(Peer::tcp(address(5))), "not so soon");
        addresses.learn(now + limits::ADDRESS_KEPT, 2, Peer::tcp(address(5)));
        addresses.take_notices();
        addresses.forget(1);
        assert_eq!((vec![], Some(2)), (addresses.take_notices(), addresses.owner(Peer::tcp(address(5)))));
    }

    #[test]
    fn a_leg_keeps_its_newest_connections_only() {
        let (mut addresses, _, now) = empty();
        addresses.learn(now, 1, Peer::udp(address(1)));
        let ports = 10..10 + limits::TCP_CONNECTIONS_OF_A_LEG as u16 + 2;
        for port in ports {
            addresses.learn(now, 1, Peer::tcp(address(port)));
        }
        let done = addresses.take_notices().into_iter().filter(|notice| matches!(notice, Notice::Done(_)));
        assert_eq!(vec![Notice::Done(address(10)), Notice::Done(address(11))], done.collect::<Vec<_>>());
        assert_eq!(limits::TCP_CONNECTIONS_OF_A_LEG + 1, addresses.len(), "and its UDP address");
    }

    #[test]
    fn a_connection_its_far_end_closed_is_nobodys() {
        let (mut addresses, _, now) = empty();
        addresses.learn(now, 1, Peer::tcp(address(5)));
        addresses.take_notices();
        addresses.hung_up(address(5));
        addresses.forget(1);
        assert_eq!((vec![], true), (addresses.take_notices(), addresses.is_empty()));
    }
}
