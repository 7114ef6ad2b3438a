//! Whether the far end is still there. Only what its keys vouch for is a sign of life: noise sent in its name keeps no call.

use std::sync::Arc;
use std::time::Instant;

use str0m::config::CryptoProvider;
use str0m::ice::StunMessage;

use crate::limits;

/// One leg's signs of life: media that decrypts, connectivity checks signed with our password, and answers to ours. RFC 7675 5.1
/// asks for the answers alone, but some versions of Chrome check and do not answer.
pub struct Consent {
    crypto: Arc<CryptoProvider>,
    password: String,
    answers: u64,
    last: Instant,
}

impl Consent {
    /// `password` is our own of the ICE credentials.
    pub fn new(crypto: Arc<CryptoProvider>, password: String, now: Instant) -> Self {
        Self { crypto, password, answers: 0, last: now }
    }

    /// Our password has changed with an ICE restart (RFC 8445 9).
    pub fn rekey(&mut self, password: String) {
        self.password = password;
    }

    /// A STUN message came; it counts if it is a check and signed. Says then whether it nominates the pair it came by.
    pub fn stun(&mut self, now: Instant, bytes: &[u8]) -> Option<bool> {
        let hmac = |key: &[u8], parts: &[&[u8]]| self.crypto.sha1_hmac_provider.sha1_hmac(key, parts);
        let message = StunMessage::parse(bytes).ok()?;
        if !message.is_binding_request() || !message.verify(self.password.as_bytes(), hmac) {
            return None;
        }
        self.renew(now);
        Some(message.use_candidate())
    }

    /// So many of our checks on the chosen pair were answered; another pair has another count, and no pair has none. Says whether
    /// there were new ones.
    pub fn answered(&mut self, now: Instant, count: u64) -> bool {
        let more = count != std::mem::replace(&mut self.answers, count) && count > 0;
        if more {
            self.renew(now);
        }
        more
    }

    /// Something came that could only come from the far end.
    pub fn renew(&mut self, now: Instant) {
        self.last = now;
    }

    /// Whether a datagram may leave at `now`: after 30 s without consent, checks alone (RFC 7675 5.1).
    pub fn lets(&self, now: Instant, datagram: &[u8]) -> bool {
        now < self.last + limits::CONSENT || datagram.first().is_some_and(|first| *first < 4)
    }

    /// When the far end will be taken for gone.
    pub fn expires(&self) -> Instant {
        self.last + limits::SILENT_TIMEOUT
    }
}
