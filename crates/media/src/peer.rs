//! Who is at the other end of a packet.

use std::net::SocketAddr;

use str0m::net::Protocol;

/// A transport address: the same IP address and port over UDP and over TCP are two peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    pub protocol: Protocol,
    pub address: SocketAddr,
}

impl Peer {
    pub fn new(protocol: Protocol, address: SocketAddr) -> Self {
        Self { protocol, address }
    }

    pub fn udp(address: SocketAddr) -> Self {
        Self::new(Protocol::Udp, address)
    }

    pub fn tcp(address: SocketAddr) -> Self {
        Self::new(Protocol::Tcp, address)
    }

    pub fn is_tcp(self) -> bool {
        self.protocol == Protocol::Tcp
    }
}
