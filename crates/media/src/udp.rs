//! A UDP socket with batched system calls (recvmmsg, sendmmsg) that knows to which local address a datagram came.

use std::io;
use std::mem::{MaybeUninit, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};

use crate::os::set_option;

/// Datagrams of one system call. At 100 calls 5,000 arrive a second: 64 are 13 ms of them.
pub const BATCH: usize = 64;
/// Larger than any path MTU in use; what is longer is cut off and then fails to authenticate.
const DATAGRAM: usize = 2048;
/// Room for one packet-info control message of either family.
const CONTROL: usize = 64;
/// Kernel buffers: half a second of 200 calls.
const KERNEL_BUFFER: i32 = 4 * 1024 * 1024;

pub struct Socket {
    inner: UdpSocket,
    local: SocketAddr,
    /// Bound to all addresses: the kernel says for each datagram which one it came to.
    wildcard: bool,
    buffers: Box<[[u8; DATAGRAM]; BATCH]>,
    dropped: u64,
}

impl Socket {
    /// Bind; port 0 lets the kernel choose.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        Self::around(UdpSocket::bind(address)?)
    }

    /// `count` sockets on one port: the kernel deals datagrams out among them by a hash of both addresses. The first one is bound
    /// before it allows company, so that a port somebody else has is refused, as it is for a single socket.
    pub fn bind_group(address: SocketAddr, count: usize) -> io::Result<Vec<Self>> {
        let first = Self::bind(address)?;
        let local = first.local;
        let mut group = vec![first];
        if count > 1 {
            set_option(group[0].fd(), libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)?;
        }
        while group.len() < count {
            group.push(Self::around(join(SocketAddr::new(address.ip(), local.port()))?)?);
        }
        Ok(group)
    }

    fn around(inner: UdpSocket) -> io::Result<Self> {
        inner.set_nonblocking(true)?;
        let local = inner.local_addr()?;
        let wildcard = local.ip().is_unspecified();
        let fd = inner.as_raw_fd();
        for option in [libc::SO_RCVBUF, libc::SO_SNDBUF] {
            let _ = set_option(fd, libc::SOL_SOCKET, option, KERNEL_BUFFER); // as much as the system allows
        }
        if wildcard {
            match local {
                SocketAddr::V4(_) => set_option(fd, libc::IPPROTO_IP, libc::IP_PKTINFO, 1)?,
                SocketAddr::V6(_) => set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1)?,
            }
        }
        let buffers = vec![[0; DATAGRAM]; BATCH].into_boxed_slice();
        let buffers = buffers.try_into().map_err(|_| io::Error::other("buffers"))?;
        Ok(Self { inner, local, wildcard, buffers, dropped: 0 })
    }

    pub fn local(&self) -> SocketAddr {
        self.local
    }

    pub fn fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }

    /// Datagrams the kernel refused to send.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Take one batch; `each` gets source, destination and bytes. Returns how many there were; fewer than a batch means empty.
    pub fn receive(&mut self, mut each: impl FnMut(SocketAddr, SocketAddr, &[u8])) -> usize {
        // SAFETY: all-zero is a valid value of these C structs.
        let mut names: [libc::sockaddr_storage; BATCH] = unsafe { zeroed() };
        let mut controls = [[0_u64; CONTROL / 8]; BATCH];
        let mut vectors: [libc::iovec; BATCH] = unsafe { zeroed() };
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
        for i in 0..BATCH {
            vectors[i] = libc::iovec { iov_base: self.buffers[i].as_mut_ptr().cast(), iov_len: DATAGRAM };
            let header = &mut headers[i].msg_hdr;
            header.msg_name = (&raw mut names[i]).cast();
            header.msg_namelen = size_of::<libc::sockaddr_storage>() as u32;
            header.msg_iov = &raw mut vectors[i];
            header.msg_iovlen = 1;
            if self.wildcard {
                header.msg_control = controls[i].as_mut_ptr().cast();
                header.msg_controllen = CONTROL;
            }
        }
        // SAFETY: every header points to buffers that live through the call.
        let taken =
            unsafe { libc::recvmmsg(self.fd(), headers.as_mut_ptr(), BATCH as u32, libc::MSG_DONTWAIT, std::ptr::null_mut()) };
        let taken = usize::try_from(taken).unwrap_or(0);
        for i in 0..taken {
            let length = (headers[i].msg_len as usize).min(DATAGRAM);
            let Some(source) = socket_address(&names[i]) else { continue };
            // SAFETY: the kernel has just filled this header's control buffer.
            let to = if self.wildcard { unsafe { arrived_at(&headers[i].msg_hdr) } } else { None };
            let destination = to.map_or(self.local, |ip| SocketAddr::new(ip, self.local.port()));
            each(source, destination, &self.buffers[i][..length]);
        }
        taken
    }

    /// Send all; what the kernel does not take is lost, as on any network.
    pub fn send<'a>(&mut self, datagrams: impl Iterator<Item = (SocketAddr, &'a [u8])>) {
        let mut datagrams = datagrams.peekable();
        while datagrams.peek().is_some() {
            // SAFETY: as in `receive`.
            let mut names: [libc::sockaddr_storage; BATCH] = unsafe { zeroed() };
            let mut vectors: [libc::iovec; BATCH] = unsafe { zeroed() };
            let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
            let mut count = 0;
            for (to, bytes) in datagrams.by_ref().take(BATCH) {
                vectors[count] = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
                let header = &mut headers[count].msg_hdr;
                header.msg_namelen = store(&mut names[count], to);
                header.msg_name = (&raw mut names[count]).cast();
                header.msg_iov = &raw mut vectors[count];
                header.msg_iovlen = 1;
                count += 1;
            }
            self.send_batch(&mut headers[..count]);
        }
    }

    fn send_batch(&mut self, headers: &mut [libc::mmsghdr]) {
        let mut from = 0;
        while from < headers.len() {
            // SAFETY: the headers point to names, vectors and bytes that live through the call.
            let sent = unsafe {
                libc::sendmmsg(self.fd(), headers[from..].as_mut_ptr(), (headers.len() - from) as u32, libc::MSG_DONTWAIT)
            };
            if sent > 0 {
                from += sent as usize;
            } else {
                from += 1; // the first one was refused (unreachable, buffer full): go on with the next
                self.dropped += 1;
            }
        }
    }
}

/// One more socket on a port that allows company. The standard library binds before an option can be set.
fn join(address: SocketAddr) -> io::Result<UdpSocket> {
    let family = if address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    // SAFETY: a plain system call.
    let fd = unsafe { libc::socket(family, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: just returned by the kernel, and nobody else's; from here on it is closed whatever happens.
    let socket = unsafe { UdpSocket::from_raw_fd(fd) };
    set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)?;
    // SAFETY: all-zero is a valid value of this C struct.
    let mut name: libc::sockaddr_storage = unsafe { zeroed() };
    let length = store(&mut name, address);
    // SAFETY: the name lives through the call and is of the length given.
    let status = unsafe { libc::bind(fd, (&raw const name).cast(), length) };
    if status == 0 { Ok(socket) } else { Err(io::Error::last_os_error()) }
}

fn socket_address(storage: &libc::sockaddr_storage) -> Option<SocketAddr> {
    let pointer: *const libc::sockaddr_storage = storage;
    // SAFETY: the family decides what the storage holds; both structs fit into it.
    unsafe {
        match i32::from(storage.ss_family) {
            libc::AF_INET => {
                let v4 = &*pointer.cast::<libc::sockaddr_in>();
                let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
                Some(SocketAddr::V4(SocketAddrV4::new(ip, u16::from_be(v4.sin_port))))
            }
            libc::AF_INET6 => {
                let v6 = &*pointer.cast::<libc::sockaddr_in6>();
                let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
                Some(SocketAddr::V6(SocketAddrV6::new(ip, u16::from_be(v6.sin6_port), 0, 0)))
            }
            _ => None,
        }
    }
}

fn store(storage: &mut libc::sockaddr_storage, address: SocketAddr) -> libc::socklen_t {
    let pointer: *mut libc::sockaddr_storage = storage;
    // SAFETY: both structs fit into a zeroed storage.
    unsafe {
        match address {
            SocketAddr::V4(v4) => {
                let name = &mut *pointer.cast::<libc::sockaddr_in>();
                name.sin_family = libc::AF_INET as u16;
                name.sin_port = v4.port().to_be();
                name.sin_addr.s_addr = u32::from(*v4.ip()).to_be();
                size_of::<libc::sockaddr_in>() as libc::socklen_t
            }
            SocketAddr::V6(v6) => {
                let name = &mut *pointer.cast::<libc::sockaddr_in6>();
                name.sin6_family = libc::AF_INET6 as u16;
                name.sin6_port = v6.port().to_be();
                name.sin6_addr.s6_addr = v6.ip().octets();
                name.sin6_scope_id = v6.scope_id();
                size_of::<libc::sockaddr_in6>() as libc::socklen_t
            }
        }
    }
}

/// # Safety
/// `header` was filled by the kernel, and its control buffer lives.
unsafe fn arrived_at(header: &libc::msghdr) -> Option<IpAddr> {
    // SAFETY: the CMSG macros walk only within the control buffer's length; the payload's type follows from level and type.
    unsafe {
        let mut message = libc::CMSG_FIRSTHDR(header);
        while !message.is_null() {
            let data = libc::CMSG_DATA(message);
            match ((*message).cmsg_level, (*message).cmsg_type) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    let mut info = MaybeUninit::<libc::in_pktinfo>::uninit();
                    std::ptr::copy_nonoverlapping(data, info.as_mut_ptr().cast(), size_of::<libc::in_pktinfo>());
                    return Some(IpAddr::V4(Ipv4Addr::from(u32::from_be(info.assume_init().ipi_addr.s_addr))));
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let mut info = MaybeUninit::<libc::in6_pktinfo>::uninit();
                    std::ptr::copy_nonoverlapping(data, info.as_mut_ptr().cast(), size_of::<libc::in6_pktinfo>());
                    return Some(IpAddr::V6(Ipv6Addr::from(info.assume_init().ipi6_addr.s6_addr)));
                }
                _ => message = libc::CMSG_NXTHDR(header, message),
            }
        }
    }
    None
}
