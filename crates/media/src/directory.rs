//! Which shard an address belongs to, for all shards of a core. Written when a leg learns or loses an address, which is a few times a
//! call; read for every datagram, so readers do not wait for each other.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use crate::limits::ADDRESS_KEPT;

/// The number of a shard within its core.
pub type ShardNumber = u8;

#[derive(Debug, Default)]
pub struct Directory {
    entries: RwLock<HashMap<SocketAddr, Entry>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    shard: ShardNumber,
    /// When a check of a far end's last came from there.
    proven: Option<Instant>,
}

impl Directory {
    pub fn shard_of(&self, address: SocketAddr) -> Option<ShardNumber> {
        self.read().get(&address).map(|entry| entry.shard)
    }

    /// A connectivity check has vouched for it. False if another shard's has done so lately: a source is easily forged, and the other
    /// leg's packets would be lost.
    pub fn claim(&self, now: Instant, address: SocketAddr, shard: ShardNumber) -> bool {
        let mut entries = self.write();
        let before = entries.get(&address).filter(|entry| entry.shard != shard);
        let kept = before.and_then(|entry| entry.proven).is_some_and(|at| now < at + ADDRESS_KEPT);
        if !kept {
            entries.insert(address, Entry { shard, proven: Some(now) });
        }
        !kept
    }

    /// Take an address that nobody has, as for answers to our own checks. False if somebody else has it.
    pub fn claim_free(&self, address: SocketAddr, shard: ShardNumber) -> bool {
        self.write().entry(address).or_insert(Entry { shard, proven: None }).shard == shard
    }

    /// Give an address back, unless another shard has claimed it since.
    pub fn release(&self, address: SocketAddr, shard: ShardNumber) {
        let mut entries = self.write();
        if entries.get(&address).is_some_and(|entry| entry.shard == shard) {
            entries.remove(&address);
        }
    }

    /// Addresses of all shards.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<SocketAddr, Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<SocketAddr, Entry>> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn an_address_moves_to_another_shard_once_its_owner_has_been_silent_and_only_its_shard_releases_it() {
        let (directory, now) = (Directory::default(), Instant::now());
        assert!(directory.claim(now, address(1), 0));
        assert!(!directory.claim(now, address(1), 1), "a forged source takes nothing");
        assert_eq!(Some(0), directory.shard_of(address(1)));
        assert!(directory.claim(now + ADDRESS_KEPT, address(1), 1));
        directory.release(address(1), 0);
        assert_eq!(Some(1), directory.shard_of(address(1)));
        directory.release(address(1), 1);
        assert!(directory.is_empty());
    }

    #[test]
    fn an_owner_that_still_checks_keeps_its_address() {
        let (directory, now) = (Directory::default(), Instant::now());
        assert!(directory.claim(now, address(1), 0));
        assert!(directory.claim(now + ADDRESS_KEPT, address(1), 0));
        assert!(!directory.claim(now + ADDRESS_KEPT, address(1), 1));
    }

    #[test]
    fn an_address_that_is_only_hoped_for_displaces_nobody() {
        let directory = Directory::default();
        directory.claim(Instant::now(), address(1), 0);
        assert!(!directory.claim_free(address(1), 1));
        assert!(directory.claim_free(address(2), 1));
        assert!(directory.claim_free(address(2), 1), "again by the same shard");
        assert_eq!((Some(0), Some(1)), (directory.shard_of(address(1)), directory.shard_of(address(2))));
    }
}
