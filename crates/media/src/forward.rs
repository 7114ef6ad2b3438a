//! Datagrams on their way from the shard they arrived at to the shard they belong to. They travel in parcels over bounded channels
//! that neither side ever waits for: what finds no room is lost, as on any network, and counted.

use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};

use crate::directory::ShardNumber;
use crate::limits::{PARCEL_BYTES, PARCELS};

/// Where one datagram lies in its parcel.
#[derive(Clone, Copy, Debug)]
struct Place {
    source: SocketAddr,
    destination: SocketAddr,
    length: usize,
}

/// Datagrams that go the same way.
#[derive(Debug, Default)]
pub struct Parcel {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

impl Parcel {
    /// Source, destination and bytes of each, in the order they arrived.
    pub fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, SocketAddr, &[u8])> {
        let mut from = 0;
        self.places.iter().map(move |place| {
            let bytes = &self.bytes[from..from + place.length];
            from += place.length;
            (place.source, place.destination, bytes)
        })
    }
}

/// The way into a shard.
pub fn way() -> (SyncSender<Parcel>, Receiver<Parcel>) {
    mpsc::sync_channel(PARCELS)
}

/// What one shard has for another.
struct Lane {
    to: ShardNumber,
    way: SyncSender<Parcel>,
    parcel: Parcel,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForwardCounts {
    pub forwarded: u64,
    pub dropped: u64,
}

/// Everything one shard has for the others.
pub struct Forwarder {
    lanes: Vec<Lane>,
    counts: ForwardCounts,
}

impl Forwarder {
    /// Along `ways` to the other shards.
    pub fn new(ways: impl IntoIterator<Item = (ShardNumber, SyncSender<Parcel>)>) -> Self {
        let lanes = ways.into_iter().map(|(to, way)| Lane { to, way, parcel: Parcel::default() }).collect();
        Self { lanes, counts: ForwardCounts::default() }
    }

    pub fn counts(&self) -> ForwardCounts {
        self.counts
    }

    /// Put a datagram into the parcel for `to`.
    pub fn push(&mut self, to: ShardNumber, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) {
        let lane = self.lanes.iter_mut().find(|lane| lane.to == to);
        let Some(lane) = lane.filter(|lane| lane.parcel.bytes.len() + bytes.len() <= PARCEL_BYTES) else {
            self.counts.dropped += 1;
            return;
        };
        lane.parcel.bytes.extend_from_slice(bytes);
        lane.parcel.places.push(Place { source, destination, length: bytes.len() });
        self.counts.forwarded += 1;
    }

    /// Whether a parcel waits because its channel was full.
    pub fn is_waiting(&self) -> bool {
        self.lanes.iter().any(|lane| !lane.parcel.places.is_empty())
    }

    /// Send the parcels off; `wake` is told for whom there was one. What finds the channel full waits in its parcel for the next time.
    pub fn flush(&mut self, mut wake: impl FnMut(ShardNumber)) {
        for lane in &mut self.lanes {
            if lane.parcel.places.is_empty() {
                continue;
            }
            match lane.way.try_send(std::mem::take(&mut lane.parcel)) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => {} // a thread that is gone has no legs any more
                Err(TrySendError::Full(parcel)) => lane.parcel = parcel,
            }
            wake(lane.to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn datagrams_arrive_in_order_and_whole_with_both_addresses() {
        let (way, inbox) = way();
        let mut forwarder = Forwarder::new([(3, way)]);
        forwarder.push(3, address(1), address(9), b"one");
        forwarder.push(3, address(2), address(9), b"");
        forwarder.push(3, address(1), address(8), b"three");
        let mut woken = Vec::new();
        forwarder.flush(|shard| woken.push(shard));
        let parcel = inbox.try_recv().expect("a parcel");
        let got: Vec<(u16, u16, &[u8])> = parcel.datagrams().map(|(from, to, bytes)| (from.port(), to.port(), bytes)).collect();
        assert_eq!(vec![(1, 9, &b"one"[..]), (2, 9, b""), (1, 8, b"three")], got);
        assert_eq!((vec![3], ForwardCounts { forwarded: 3, dropped: 0 }), (woken, forwarder.counts()));
        forwarder.flush(|_| panic!("there is nothing more"));
    }

    #[test]
    fn a_shard_that_takes_nothing_costs_bounded_memory_and_then_datagrams() {
        let (way, inbox) = way();
        let mut forwarder = Forwarder::new([(1, way)]);
        let datagram = [0; 1000];
        let rounds = PARCELS + PARCEL_BYTES / datagram.len() + 5;
        for _ in 0..rounds {
            forwarder.push(1, address(1), address(9), &datagram);
            forwarder.flush(|_| {});
        }
        let counts = forwarder.counts();
        assert_eq!((5, rounds as u64 - 5), (counts.dropped, counts.forwarded));
        let mut got = 0;
        while let Ok(parcel) = inbox.try_recv() {
            got += parcel.datagrams().count();
        }
        forwarder.flush(|_| {});
        got += inbox.try_recv().expect("what had waited").datagrams().count();
        assert_eq!(counts.forwarded, got as u64, "what was counted as forwarded arrives");
    }

    #[test]
    fn a_shard_nobody_has_is_no_place_to_go() {
        let mut forwarder = Forwarder::new([]);
        forwarder.push(1, address(1), address(9), b"lost");
        assert_eq!(ForwardCounts { forwarded: 0, dropped: 1 }, forwarder.counts());
    }
}
