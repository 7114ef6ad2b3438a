//! Whose datagram is this? All shards of a core listen on one port, and the kernel deals datagrams out by a hash of the addresses: it
//! knows nothing of calls, so a datagram of a call may arrive at any shard.

use std::net::SocketAddr;
use std::sync::Arc;

use str0m::ice::StunMessage;

use crate::directory::{Directory, ShardNumber};
use crate::ufrag;

/// A STUN header (RFC 8489 5).
const STUN_HEADER: usize = 20;

/// One shard's view of who owns what.
pub struct Router {
    me: ShardNumber,
    shards: ShardNumber,
    directory: Arc<Directory>,
}

impl Router {
    /// For shard `me` of `shards`.
    pub fn new(me: ShardNumber, shards: ShardNumber, directory: Arc<Directory>) -> Self {
        Self { me, shards, directory }
    }

    /// The other shard this datagram belongs to. None: it is ours, or nobody's. A check that names a user fragment wins over the
    /// address, as within a shard: it finds its leg from wherever it comes.
    pub fn elsewhere(&self, source: SocketAddr, bytes: &[u8]) -> Option<ShardNumber> {
        if self.shards == 1 {
            return None;
        }
        let named = shard_named(bytes).filter(|shard| *shard < self.shards);
        named.or_else(|| self.directory.shard_of(source)).filter(|shard| *shard != self.me)
    }
}

/// A connectivity check: a STUN binding request with a user name.
pub fn check(bytes: &[u8]) -> Option<StunMessage<'_>> {
    if bytes.len() < STUN_HEADER || bytes[..2] != [0, 1] {
        return None;
    }
    StunMessage::parse(bytes).ok()
}

/// The shard whose user fragment a connectivity check names.
pub fn shard_named(bytes: &[u8]) -> Option<ShardNumber> {
    let message = check(bytes)?;
    let (ours, _) = message.split_username()?;
    ufrag::shard_of(ours)
}

/// Behind a 1:1 NAT a packet arrives at a private address that is no candidate of ours: it was meant for the public one.
pub fn known(candidates: &[SocketAddr], destination: SocketAddr) -> SocketAddr {
    if candidates.contains(&destination) { destination } else { candidates.first().copied().unwrap_or(destination) }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_be_bytes().to_vec();
        bytes.extend((value.len() as u16).to_be_bytes());
        bytes.extend(value);
        bytes.resize(4 + value.len().div_ceil(4) * 4, 0);
        bytes
    }

    /// A binding request as RFC 8445 7.2.2 wants it, with an integrity that nobody checks here: user name, priority, integrity.
    fn request(username: &str) -> Vec<u8> {
        let attributes =
            [attribute(0x0006, username.as_bytes()), attribute(0x0024, &[110, 0, 1, 255]), attribute(0x0008, &[0; 20])]
                .concat();
        let mut bytes = vec![0, 1];
        bytes.extend((attributes.len() as u16).to_be_bytes());
        bytes.extend([0x21, 0x12, 0xa4, 0x42]);
        bytes.extend([7; 12]);
        bytes.extend(attributes);
        bytes
    }

    fn named(shard: ShardNumber) -> Vec<u8> {
        let ours = ufrag::credentials(shard, &[5; ufrag::RANDOM_BYTES]).ufrag;
        request(&format!("{ours}:theirs"))
    }

    fn caller(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 7], port))
    }

    const MEDIA: &[u8] = &[0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];

    #[test]
    fn a_check_belongs_to_the_shard_its_user_fragment_names_wherever_it_comes_from() {
        let directory = Arc::new(Directory::default());
        directory.claim(Instant::now(), caller(1), 2);
        let router = Router::new(0, 3, directory);
        assert_eq!(Some(1), router.elsewhere(caller(9), &named(1)), "from an address nobody knows");
        assert_eq!(Some(1), router.elsewhere(caller(1), &named(1)), "from an address of another shard");
        assert_eq!(None, router.elsewhere(caller(1), &named(0)), "for ourselves");
    }

    #[test]
    fn everything_else_belongs_to_the_shard_that_knows_the_address() {
        let directory = Arc::new(Directory::default());
        directory.claim(Instant::now(), caller(1), 1);
        directory.claim(Instant::now(), caller(2), 0);
        let router = Router::new(0, 2, directory);
        assert_eq!(Some(1), router.elsewhere(caller(1), MEDIA));
        assert_eq!(None, router.elsewhere(caller(2), MEDIA));
        assert_eq!(None, router.elsewhere(caller(3), MEDIA), "a stranger is nobody's");
    }

    #[test]
    fn a_user_fragment_that_names_no_shard_of_ours_decides_nothing() {
        let directory = Arc::new(Directory::default());
        directory.claim(Instant::now(), caller(1), 1);
        let router = Router::new(0, 2, directory);
        for username in ["abcd:efgh", "no colon", ""] {
            assert_eq!(None, router.elsewhere(caller(9), &request(username)), "{username:?}");
            assert_eq!(Some(1), router.elsewhere(caller(1), &request(username)), "{username:?}");
        }
        assert_eq!(None, router.elsewhere(caller(9), &named(2)), "there are shards 0 and 1 only");
    }

    #[test]
    fn a_single_shard_owns_everything() {
        let directory = Arc::new(Directory::default());
        directory.claim(Instant::now(), caller(1), 1);
        let router = Router::new(0, 1, directory);
        assert_eq!(None, router.elsewhere(caller(1), MEDIA));
        assert_eq!(None, router.elsewhere(caller(1), &named(1)));
    }

    #[test]
    fn cut_off_and_garbled_checks_name_nobody() {
        let whole = named(1);
        for length in 0..whole.len() {
            assert_eq!(None, shard_named(&whole[..length]), "{length} bytes");
        }
        assert_eq!(Some(1), shard_named(&whole));
        let mut response = whole;
        response[0] = 1;
        assert_eq!(None, shard_named(&response), "an answer to a check names nobody");
    }
}
