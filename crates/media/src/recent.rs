//! What has left lately, so that it can leave again if it turns out that nobody was there to hear it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::codec::{Decoder, Encoder, Format};
use crate::fact::ReplyId;
use crate::link::MEDIA_GAP;
use crate::opus::{HEARD_HZ, OpusError};
use crate::playout::Share;

/// How far back. A link is known to be down `MEDIA_GAP` after the last sign of life, and what was under way then is lost too.
pub const REACH: Duration = MEDIA_GAP.saturating_add(Duration::from_millis(300));

/// A packet of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub at: Instant,
    pub share: Share,
    pub below_full_db: u8,
    pub payload: Box<[u8]>,
}

/// About 6 KB while the agent talks: packets, not PCM.
#[derive(Debug, Default)]
pub struct Recent {
    sent: VecDeque<Sent>,
    again: VecDeque<Sent>,
}

impl Recent {
    /// A packet has left.
    pub fn keep(&mut self, sent: Sent) {
        while self.sent.front().is_some_and(|first| first.at + REACH < sent.at) {
            self.sent.pop_front();
        }
        self.sent.push_back(sent);
    }

    /// What left after `since` will leave again. The shares that are taken back, oldest first.
    pub fn take_back(&mut self, since: Instant) -> Vec<Share> {
        let lost = self.sent.iter().filter(|sent| sent.at > since).count();
        let mut lost = self.sent.split_off(self.sent.len() - lost);
        self.sent.clear(); // what came before is not to be joined to what follows now
        let shares = lost.iter().map(|sent| sent.share).collect();
        lost.append(&mut self.again); // not sent yet the last time
        self.again = lost;
        shares
    }

    /// The next one to leave again.
    pub fn pop(&mut self) -> Option<Sent> {
        self.again.pop_front()
    }

    /// Whether some wait to leave again.
    pub fn waits(&self) -> bool {
        !self.again.is_empty()
    }

    /// Milliseconds of a reply that wait.
    pub fn waiting_ms(&self) -> u32 {
        (self.again.iter().map(|sent| sent.share.length_us).sum::<u64>() / 1000) as u32
    }

    /// What waits to leave again, and what may have to, in another format.
    pub fn convert(&mut self, from: Format, to: Format) -> Result<(), OpusError> {
        let (mut decoder, mut encoder) = (Decoder::new(from)?, Encoder::new(HEARD_HZ, to)?);
        for sent in self.again.iter_mut().chain(self.sent.iter_mut()) {
            let pcm = decoder.decode(&sent.payload)?;
            sent.payload = Box::from(encoder.encode(pcm)?);
        }
        Ok(())
    }

    /// A reply must not sound any more.
    pub fn forget(&mut self, reply: ReplyId) {
        self.sent.retain(|sent| sent.share.reply != reply);
        self.again.retain(|sent| sent.share.reply != reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(start: Instant, ms: u64, reply: ReplyId) -> Sent {
        let at = start + Duration::from_millis(ms);
        Sent { at, share: Share { reply, length_us: 20_000 }, below_full_db: 30, payload: Box::from([ms as u8]) }
    }

    fn tags(recent: &mut Recent) -> Vec<u8> {
        std::iter::from_fn(|| recent.pop()).map(|sent| sent.payload[0]).collect()
    }

    #[test]
    fn what_left_after_the_last_sign_leaves_again_in_order() {
        let (start, mut recent) = (Instant::now(), Recent::default());
        (0..5).for_each(|n| recent.keep(sent(start, n * 20, 1)));
        assert_eq!(3, recent.take_back(start + Duration::from_millis(20)).len());
        assert_eq!(60, recent.waiting_ms());
        assert_eq!(vec![40, 60, 80], tags(&mut recent));
    }

    #[test]
    fn what_was_to_leave_again_and_has_not_yet_comes_after_what_has() {
        let (start, mut recent) = (Instant::now(), Recent::default());
        (0..4).for_each(|n| recent.keep(sent(start, n * 20, 1)));
        recent.take_back(start);
        let first = recent.pop().expect("one");
        recent.keep(Sent { at: start + Duration::from_secs(5), ..first });
        recent.take_back(start + Duration::from_secs(4));
        assert_eq!(vec![20, 40, 60], tags(&mut recent));
    }

    #[test]
    fn a_flushed_reply_and_what_is_long_gone_never_leave_again() {
        let (start, mut recent) = (Instant::now(), Recent::default());
        (0..100).for_each(|n| recent.keep(sent(start, n * 20, if n < 90 { 1 } else { 2 })));
        recent.forget(1);
        assert_eq!(10, recent.take_back(start - Duration::from_secs(1)).len());
        (0..100).for_each(|n| recent.keep(sent(start, n * 20, 3)));
        assert!(recent.take_back(start - Duration::from_secs(1)).len() <= 51);
    }
}
