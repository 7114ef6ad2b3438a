//! The addresses of this host, for a socket bound to all of them.

use std::ffi::c_int;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses of all interfaces that are up: those of the wanted family, loopback only if there is no other.
pub fn addresses(ipv6: bool) -> Vec<IpAddr> {
    let all: Vec<IpAddr> = every_address().into_iter().filter(|ip| ip.is_ipv6() == ipv6 && !is_link_local(ip)).collect();
    let far: Vec<IpAddr> = all.iter().copied().filter(|ip| !ip.is_loopback()).collect();
    if far.is_empty() { all } else { far }
}

/// Link-local IPv6 needs a scope, which a candidate cannot carry.
fn is_link_local(ip: &IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.segments()[0] & 0xffc0 == 0xfe80)
}

fn every_address() -> Vec<IpAddr> {
    let mut found = Vec::new();
    let mut list: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: on success `list` is a list that is read while it lives and freed once below.
    unsafe {
        if libc::getifaddrs(&mut list) != 0 {
            return found;
        }
        let mut entry = list;
        while !entry.is_null() {
            let interface = &*entry;
            if interface.ifa_flags & libc::IFF_UP as u32 != 0 && !interface.ifa_addr.is_null() {
                found.extend(address(interface.ifa_addr));
            }
            entry = interface.ifa_next;
        }
        libc::freeifaddrs(list);
    }
    found
}

/// # Safety
/// `address` points to a socket address of the length its family says.
unsafe fn address(address: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: the family decides what the pointer points to.
    unsafe {
        match c_int::from((*address).sa_family) {
            libc::AF_INET => {
                let v4 = &*address.cast::<libc::sockaddr_in>();
                Some(IpAddr::V4(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr))))
            }
            libc::AF_INET6 => {
                let v6 = &*address.cast::<libc::sockaddr_in6>();
                Some(IpAddr::V6(Ipv6Addr::from(v6.sin6_addr.s6_addr)))
            }
            _ => None,
        }
    }
}
