//! Which shard an address belongs to, for all shards of a core. Written when a leg learns or loses an address, which is a few times a
//! call; read for every datagram, so readers do not wait for each other.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The number of a shard within its core.
pub type ShardNumber = u8;

#[derive(Debug, Default)]
pub struct Directory {
    shards: RwLock<HashMap<SocketAddr, ShardNumber>>,
}

impl Directory {
    pub fn shard_of(&self, address: SocketAddr) -> Option<ShardNumber> {
        self.read().get(&address).copied()
    }

    /// A connectivity check has vouched for it: whoever had the address has it no longer.
    pub fn claim(&self, address: SocketAddr, shard: ShardNumber) {
        if self.shard_of(address) != Some(shard) {
            self.write().insert(address, shard);
        }
    }

    /// Take an address that nobody has, as for answers to our own checks. False if somebody else has it.
    pub fn claim_free(&self, address: SocketAddr, shard: ShardNumber) -> bool {
        *self.write().entry(address).or_insert(shard) == shard
    }

    /// Give an address back, unless another shard has claimed it since.
    pub fn release(&self, address: SocketAddr, shard: ShardNumber) {
        let mut shards = self.write();
        if shards.get(&address) == Some(&shard) {
            shards.remove(&address);
        }
    }

    /// Addresses of all shards.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<SocketAddr, ShardNumber>> {
        self.shards.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<SocketAddr, ShardNumber>> {
        self.shards.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn the_last_claim_holds_and_only_its_shard_can_release_it() {
        let directory = Directory::default();
        directory.claim(address(1), 0);
        directory.claim(address(1), 1);
        directory.release(address(1), 0);
        assert_eq!(Some(1), directory.shard_of(address(1)));
        directory.release(address(1), 1);
        assert!(directory.is_empty());
    }

    #[test]
    fn an_address_that_is_only_hoped_for_displaces_nobody() {
        let directory = Directory::default();
        directory.claim(address(1), 0);
        assert!(!directory.claim_free(address(1), 1));
        assert!(directory.claim_free(address(2), 1));
        assert!(directory.claim_free(address(2), 1), "again by the same shard");
        assert_eq!((Some(0), Some(1)), (directory.shard_of(address(1)), directory.shard_of(address(2))));
    }
}
