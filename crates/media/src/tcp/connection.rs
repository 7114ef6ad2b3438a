//! One TCP connection of a far end: frames in, frames out.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, RawFd};

use crate::directory::ShardNumber;
use crate::framing::{self, Deframer};
use crate::limits::TCP_BUFFER_BYTES;
use crate::os::set_option;

/// Bytes the kernel takes beyond those in flight. More would be audio that grows old there: its buffers grow to megabytes.
const UNSENT: i32 = 4 * 1024;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// On its way, or in the buffer.
    Taken,
    /// The buffer is full.
    Dropped,
    Broken,
}

pub struct Connection {
    stream: TcpStream,
    pub peer: SocketAddr,
    /// The candidate of ours that it reached.
    pub local: SocketAddr,
    pub deframer: Deframer,
    /// Where its frames go.
    pub shard: Option<ShardNumber>,
    /// A leg has accepted a check of its.
    pub vouched: bool,
    waiting: Vec<u8>,
}

pub fn raw(socket: &impl AsRawFd) -> RawFd {
    socket.as_raw_fd()
}

impl Connection {
    pub fn new(stream: TcpStream, peer: SocketAddr, local: SocketAddr) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        set_option(raw(&stream), libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT, UNSENT)?;
        let deframer = Deframer::default();
        Ok(Self { stream, peer, local, deframer, shard: None, vouched: false, waiting: Vec::new() })
    }

    pub fn fd(&self) -> RawFd {
        raw(&self.stream)
    }

    /// Whether something waits until the connection takes it.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    /// Write what waits and this packet behind it; an empty one is none. A frame that was begun is always ended.
    pub fn write(&mut self, packet: &[u8]) -> Written {
        let mut outcome = Written::Taken;
        if !packet.is_empty() {
            let room = self.waiting.len() + framing::HEADER + packet.len() <= TCP_BUFFER_BYTES;
            if !room || !framing::frame(packet, &mut self.waiting) {
                outcome = Written::Dropped;
            }
        }
        let mut written = 0;
        while written < self.waiting.len() {
            match self.stream.write(&self.waiting[written..]) {
                Ok(0) => return Written::Broken,
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Written::Broken,
            }
        }
        self.waiting.drain(..written);
        outcome
    }
}
