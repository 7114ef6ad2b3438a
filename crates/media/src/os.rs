//! What the thread asks of Linux: descriptors that wake, clocks, randomness.

use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

/// Have epoll tell when `fd` is readable, by `token`.
pub fn watch(epoll: &EventFd, fd: RawFd, token: u64) -> io::Result<()> {
    control(epoll, libc::EPOLL_CTL_ADD, fd, libc::epoll_event { events: libc::EPOLLIN as u32, u64: token })
}

/// Have epoll tell of a watched `fd` what it shall tell from now on.
pub fn rewatch(epoll: &EventFd, fd: RawFd, token: u64, readable: bool, writable: bool) -> io::Result<()> {
    let wanted = |wanted: bool, event: i32| if wanted { event as u32 } else { 0 };
    let events = wanted(readable, libc::EPOLLIN) | wanted(writable, libc::EPOLLOUT);
    control(epoll, libc::EPOLL_CTL_MOD, fd, libc::epoll_event { events, u64: token })
}

fn control(epoll: &EventFd, operation: i32, fd: RawFd, mut event: libc::epoll_event) -> io::Result<()> {
    // SAFETY: both descriptors are open and the event lives through the call.
    let status = unsafe { libc::epoll_ctl(epoll.0, operation, fd, &raw mut event) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A socket option that is an int.
pub fn set_option(fd: RawFd, level: i32, option: i32, value: i32) -> io::Result<()> {
    // SAFETY: the value is a live int of the length given.
    let status = unsafe { libc::setsockopt(fd, level, option, (&raw const value).cast(), size_of::<i32>() as libc::socklen_t) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// An owned descriptor that counts.
pub struct EventFd(RawFd);

impl EventFd {
    pub fn raw(&self) -> RawFd {
        self.0
    }

    pub fn new() -> io::Result<Self> {
        // SAFETY: a plain system call.
        Self::own(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })
    }

    /// Take over a descriptor a system call has just returned.
    pub fn own(fd: RawFd) -> io::Result<Self> {
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(Self(fd)) }
    }

    /// Make it readable.
    pub fn signal(&self) {
        let one = 1_u64;
        // SAFETY: eight bytes are what an eventfd takes. It fails only when its counter is full, and then it is readable.
        unsafe { libc::write(self.0, (&raw const one).cast(), 8) };
    }

    /// Make it unreadable again.
    pub fn clear(&self) {
        let mut count = 0_u64;
        // SAFETY: eight bytes are what an eventfd gives; it fails when there is nothing to clear.
        unsafe { libc::read(self.0, (&raw mut count).cast(), 8) };
    }
}

impl Drop for EventFd {
    fn drop(&mut self) {
        // SAFETY: owned, closed once.
        unsafe { libc::close(self.0) };
    }
}

fn clock(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the struct lives through the call; these clocks exist on every Linux.
    unsafe { libc::clock_gettime(id, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// CLOCK_MONOTONIC, as Python's `time.monotonic()` reads it.
pub fn since_boot() -> Duration {
    clock(libc::CLOCK_MONOTONIC)
}

/// CPU time of the calling thread.
pub fn thread_cpu_ns() -> u64 {
    clock(libc::CLOCK_THREAD_CPUTIME_ID).as_nanos() as u64
}

/// Random bytes of the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        // SAFETY: the rest of the array is live and of the length given.
        let got = unsafe { libc::getrandom(bytes[filled..].as_mut_ptr().cast(), N - filled, 0) };
        filled += usize::try_from(got).unwrap_or(0); // interrupted: ask again
    }
    bytes
}
