//! The way from the shards to the connections: packets in parcels, and notices of connections that begin or end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};

use crate::addresses::Notice;
use crate::forward::{self, ForwardCounts, Forwarder, Parcel};
use crate::os::EventFd;

/// What reaches the connections' thread.
pub struct Inlet {
    pub parcels: Receiver<Parcel>,
    pub notices: Receiver<Notice>,
    pub wake: Arc<EventFd>,
}

/// A shard's end of the way.
pub struct Outlet {
    packets: Forwarder,
    notices: Sender<Notice>,
    wake: Arc<EventFd>,
}

/// Makes outlets.
pub struct Spring {
    parcels: SyncSender<Parcel>,
    notices: Sender<Notice>,
    wake: Arc<EventFd>,
}

/// A way from any number of shards.
pub fn channel() -> io::Result<(Spring, Inlet)> {
    let (ours, parcels) = forward::way();
    let (sender, notices) = mpsc::channel();
    let wake = Arc::new(EventFd::new()?);
    Ok((Spring { parcels: ours, notices: sender, wake: wake.clone() }, Inlet { parcels, notices, wake }))
}

impl Spring {
    pub fn outlet(&self) -> Outlet {
        let packets = Forwarder::new([(0, self.parcels.clone())]);
        Outlet { packets, notices: self.notices.clone(), wake: self.wake.clone() }
    }

    /// Have the connections' thread look up.
    pub fn wake(&self) {
        self.wake.signal();
    }
}

impl Outlet {
    /// Packets, each with its source and destination, and what has become of connections meanwhile. A connection that is done gets
    /// its last packets first.
    pub fn send<'a>(&mut self, notices: &[Notice], packets: impl Iterator<Item = (SocketAddr, SocketAddr, &'a [u8])>) {
        let (done, vouched): (Vec<Notice>, Vec<Notice>) = notices.iter().partition(|notice| matches!(notice, Notice::Done(_)));
        for notice in vouched {
            let _ = self.notices.send(notice); // a thread that is gone has no connections any more
        }
        for (source, destination, packet) in packets {
            self.packets.push(0, source, destination, packet);
        }
        let mut woken = !notices.is_empty();
        self.packets.flush(|_| woken = true);
        for notice in done {
            let _ = self.notices.send(notice);
        }
        if woken {
            self.wake.signal();
        }
    }

    pub fn counts(&self) -> ForwardCounts {
        self.packets.counts()
    }
}
