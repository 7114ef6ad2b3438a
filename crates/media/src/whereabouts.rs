//! Where the far end is now. A NAT that forgets, or a network that changes, gives a caller another address in mid-call. str0m hears the
//! caller from there, but sends on to the old address until its checks there have failed, some 20 s: the new pair has the priority of
//! the old one, and it chooses anew only for a better one. RFC 8445 7.3.1.5 would have us follow the caller's nomination.

use std::time::{Duration, Instant};

use crate::peer::Peer;

/// Nothing from the old address for so long: a caller that uses two addresses is not taken for one that has moved. Media comes every
/// 20 ms, and every 400 ms from a sender that is silent.
const SILENT: Duration = Duration::from_millis(500);
/// Where a STUN message has its transaction id (RFC 8489 5).
const TRANSACTION: std::ops::Range<usize> = 8..20;

/// An address from which the far end has nominated itself.
#[derive(Debug)]
struct Newcomer {
    peer: Peer,
    /// Our latest check of it: its answer proves that packets to this address reach the far end.
    transaction: Option<[u8; 12]>,
}

/// The one peer to send media to.
#[derive(Debug)]
pub struct Whereabouts {
    /// As str0m has it.
    chosen: Option<Peer>,
    moved_to: Option<Peer>,
    heard: Instant,
    newcomer: Option<Newcomer>,
}

impl Whereabouts {
    pub fn new(now: Instant) -> Self {
        Self { chosen: None, moved_to: None, heard: now, newcomer: None }
    }

    /// A datagram that str0m sends to `to`: where it really goes. Checks go where they are meant to.
    pub fn outgoing(&mut self, to: Peer, bytes: &[u8]) -> Peer {
        if is_stun(bytes) {
            if let Some(newcomer) = self.newcomer.as_mut().filter(|newcomer| newcomer.peer == to)
                && bytes[..2] == [0, 1]
            {
                newcomer.transaction = transaction(bytes);
            }
            return to;
        }
        if self.chosen != Some(to) {
            (self.chosen, self.moved_to) = (Some(to), None);
        }
        self.moved_to.unwrap_or(to)
    }

    /// A datagram of the far end's. `nominates`: a check with USE-CANDIDATE, signed with our password.
    pub fn incoming(&mut self, now: Instant, source: Peer, bytes: &[u8], nominates: bool) {
        if self.moved_to.or(self.chosen) == Some(source) {
            self.heard = now;
            return;
        }
        if nominates && self.newcomer.as_ref().is_none_or(|newcomer| newcomer.peer != source) {
            self.newcomer = Some(Newcomer { peer: source, transaction: None });
        }
        let answers = bytes.len() >= TRANSACTION.end && bytes[..2] == [1, 1];
        let known = self.newcomer.as_ref().filter(|newcomer| newcomer.peer == source);
        let reached = known.and_then(|newcomer| newcomer.transaction).is_some_and(|ours| Some(ours) == transaction(bytes));
        if answers && reached && self.chosen.is_some() && now.saturating_duration_since(self.heard) >= SILENT {
            self.moved_to = Some(source);
            self.heard = now;
            self.newcomer = None;
        }
    }
}

fn is_stun(bytes: &[u8]) -> bool {
    bytes.len() >= TRANSACTION.end && bytes[0] < 4
}

fn transaction(bytes: &[u8]) -> Option<[u8; 12]> {
    bytes.get(TRANSACTION)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    const MEDIA: &[u8] = &[0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];

    fn address(port: u16) -> Peer {
        Peer::udp(SocketAddr::from(([192, 0, 2, 1], port)))
    }

    fn stun(kind: [u8; 2], id: u8) -> Vec<u8> {
        let mut bytes = vec![0; 20];
        bytes[..2].copy_from_slice(&kind);
        bytes[TRANSACTION].fill(id);
        bytes
    }

    const REQUEST: [u8; 2] = [0, 1];
    const SUCCESS: [u8; 2] = [1, 1];

    /// A call with port 1, last heard at `now`.
    fn call(now: Instant) -> Whereabouts {
        let mut whereabouts = Whereabouts::new(now);
        assert_eq!(address(1), whereabouts.outgoing(address(1), MEDIA));
        whereabouts.incoming(now, address(1), MEDIA, false);
        whereabouts
    }

    #[test]
    fn a_caller_that_nominates_itself_elsewhere_and_answers_there_is_followed() {
        let now = Instant::now();
        let mut whereabouts = call(now);
        let later = now + Duration::from_secs(1);
        whereabouts.incoming(later, address(2), &stun(REQUEST, 1), true);
        assert_eq!(address(1), whereabouts.outgoing(address(1), MEDIA), "not before it has answered");
        assert_eq!(address(2), whereabouts.outgoing(address(2), &stun(REQUEST, 7)));
        whereabouts.incoming(later, address(2), &stun(SUCCESS, 7), false);
        assert_eq!(address(2), whereabouts.outgoing(address(1), MEDIA));
        assert_eq!(address(1), whereabouts.outgoing(address(1), &stun(REQUEST, 8)), "checks go where they are meant to");
    }

    #[test]
    fn whoever_still_sends_from_its_old_address_has_not_moved() {
        let now = Instant::now();
        let mut whereabouts = call(now);
        let later = now + Duration::from_secs(1);
        whereabouts.incoming(later, address(1), MEDIA, false);
        whereabouts.incoming(later, address(2), &stun(REQUEST, 1), true);
        whereabouts.outgoing(address(2), &stun(REQUEST, 7));
        whereabouts.incoming(later + Duration::from_millis(20), address(2), &stun(SUCCESS, 7), false);
        assert_eq!(address(1), whereabouts.outgoing(address(1), MEDIA));
    }

    #[test]
    fn neither_a_check_without_a_nomination_nor_an_answer_nobody_asked_for_moves_a_call() {
        let now = Instant::now();
        let mut whereabouts = call(now);
        let later = now + Duration::from_secs(1);
        whereabouts.incoming(later, address(2), &stun(REQUEST, 1), false);
        whereabouts.outgoing(address(2), &stun(REQUEST, 7));
        whereabouts.incoming(later, address(2), &stun(SUCCESS, 7), false);
        whereabouts.incoming(later, address(3), &stun(REQUEST, 1), true);
        whereabouts.outgoing(address(3), &stun(REQUEST, 7));
        whereabouts.incoming(later, address(3), &stun(SUCCESS, 8), false);
        whereabouts.incoming(later, address(4), &stun(SUCCESS, 7), false);
        for length in 0..20 {
            whereabouts.incoming(later, address(3), &stun(SUCCESS, 7)[..length], false);
        }
        assert_eq!(address(1), whereabouts.outgoing(address(1), MEDIA));
    }

    #[test]
    fn a_new_choice_of_str0ms_counts_from_then_on() {
        let now = Instant::now();
        let mut whereabouts = call(now);
        let later = now + Duration::from_secs(1);
        whereabouts.incoming(later, address(2), &stun(REQUEST, 1), true);
        whereabouts.outgoing(address(2), &stun(REQUEST, 7));
        whereabouts.incoming(later, address(2), &stun(SUCCESS, 7), false);
        assert_eq!(address(3), whereabouts.outgoing(address(3), MEDIA));
    }

    #[test]
    fn whoever_falls_back_to_tcp_is_followed_there() {
        let now = Instant::now();
        let mut whereabouts = call(now);
        let later = now + Duration::from_secs(1);
        let over_tcp = Peer::tcp(address(1).address);
        whereabouts.incoming(later, over_tcp, &stun(REQUEST, 1), true);
        whereabouts.outgoing(over_tcp, &stun(REQUEST, 7));
        whereabouts.incoming(later, over_tcp, &stun(SUCCESS, 7), false);
        assert_eq!(over_tcp, whereabouts.outgoing(address(1), MEDIA), "from the same address and port, even");
    }
}
