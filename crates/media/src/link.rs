//! Whether packets come through now. `consent` says when a far end is gone for good; this says, much sooner, that it cannot hear us.

use std::time::{Duration, Instant};

/// A sender of 50 packets a second that is not heard for so long has no network. Wi-Fi scans and hand-overs within a network take up to
/// half a second.
pub const MEDIA_GAP: Duration = Duration::from_millis(700);
/// And one that has brought nothing for so long may have none: what can wait waits for the next packet. It comes within 80 ms through
/// 40 ± 30 ms of jitter, and within 100 past one that is lost.
const DOUBT: Duration = Duration::from_millis(100);
/// Without media only connectivity checks tell: str0m's and Chromium's come about every 3 s, and two may be lost.
const CHECK_GAP: Duration = Duration::from_secs(8);
/// Packets without a longer pause between them than `STEADY_PAUSE`, after which media is expected to go on. Few, because a network may
/// go in a call's first second; a sender that pauses is suspected wrongly but once.
const STEADY_PACKETS: u32 = 10;
const STEADY_PAUSE: Duration = Duration::from_millis(200);

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing has come through since then.
    Down {
        since: Instant,
    },
    Up,
}

/// One leg's link. Fed with what the far end's keys vouch for.
#[derive(Debug)]
pub struct Link {
    last_sign: Instant,
    last_media: Instant,
    steady: u32,
    /// The far end once stopped its media while its checks still came: silence of media says nothing about this link.
    pauses: bool,
    down: bool,
    /// When it was noticed to be down, the last time.
    down_since: Instant,
    told: bool,
}

impl Link {
    pub fn new(now: Instant) -> Self {
        Self { last_sign: now, last_media: now, steady: 0, pauses: false, down: false, down_since: now, told: false }
    }

    /// The link of a connection that is not there yet, though others were before it; everybody knows.
    pub fn lost(now: Instant) -> Self {
        Self { down: true, told: true, ..Self::new(now) }
    }

    /// When something last came through.
    pub fn last_sign(&self) -> Instant {
        self.last_sign
    }

    pub fn is_down(&self) -> bool {
        self.down
    }

    /// Whether what leaves at `now` is likely to arrive. Before it is down a link is in doubt.
    pub fn carries(&self, now: Instant) -> bool {
        !self.down && (!self.expects_media() || now.saturating_duration_since(self.last_sign) <= DOUBT)
    }

    /// A media packet came.
    pub fn media(&mut self, now: Instant) {
        let pause = now.saturating_duration_since(self.last_media);
        self.steady = if pause <= STEADY_PAUSE { self.steady.saturating_add(1) } else { 0 };
        self.last_media = now;
        self.sign(now);
    }

    /// Something else came that only the far end could send.
    pub fn check(&mut self, now: Instant) {
        self.pauses |= self.down && self.expects_media();
        self.sign(now);
    }

    /// A check of ours was answered, some time after `since`, the earliest that may be believed: while the link was thought to be up it
    /// was up until then, and a link that was down by then is down still.
    pub fn answered(&mut self, now: Instant, since: Instant) {
        if !self.down {
            self.last_sign = self.last_sign.max(since);
        } else if self.down_since < since {
            self.check(now);
        }
    }

    /// Media has stopped for a reason that both sides know.
    pub fn rest(&mut self, now: Instant) {
        self.steady = 0;
        self.sign(now);
    }

    /// The far end has closed its connection.
    pub fn cut(&mut self) {
        self.down = true;
    }

    fn sign(&mut self, now: Instant) {
        self.last_sign = now;
        self.down = false;
    }

    /// What there is to tell at `now`.
    pub fn poll(&mut self, now: Instant) -> Option<Change> {
        self.down |= self.gives_up() <= now;
        if self.down == self.told {
            return None;
        }
        if self.down {
            self.down_since = now;
        }
        self.told = self.down;
        Some(if self.down { Change::Down { since: self.last_sign } } else { Change::Up })
    }

    /// When `poll` next has something to tell; None while the link is down.
    pub fn deadline(&self) -> Option<Instant> {
        (!self.down).then(|| self.gives_up())
    }

    fn gives_up(&self) -> Instant {
        self.last_sign + if self.expects_media() { MEDIA_GAP } else { CHECK_GAP }
    }

    fn expects_media(&self) -> bool {
        self.steady >= STEADY_PACKETS && !self.pauses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);

    fn talking() -> (Link, Instant) {
        let mut now = Instant::now();
        let mut link = Link::new(now);
        for _ in 0..100 {
            link.media(now);
            now += FRAME;
        }
        assert_eq!(None, link.poll(now));
        (link, now)
    }

    #[test]
    fn a_steady_sender_that_falls_silent_has_lost_its_network_and_is_back_with_its_first_packet() {
        let (mut link, now) = talking();
        let last = now - FRAME;
        assert_eq!(None, link.poll(last + MEDIA_GAP - FRAME));
        assert_eq!(Some(last + MEDIA_GAP), link.deadline());
        assert_eq!(Some(Change::Down { since: last }), link.poll(last + MEDIA_GAP));
        assert_eq!((None, None), (link.poll(last + MEDIA_GAP), link.deadline()));
        link.media(last + CHECK_GAP);
        assert_eq!(Some(Change::Up), link.poll(last + CHECK_GAP));
    }

    #[test]
    fn a_steady_sender_that_misses_a_few_packets_is_in_doubt_until_the_next() {
        let (mut link, now) = talking();
        let last = now - FRAME;
        assert!(link.carries(last + DOUBT));
        assert!(!link.carries(last + DOUBT + FRAME));
        assert_eq!(None, link.poll(last + DOUBT + FRAME), "but not down");
        link.media(last + DOUBT + FRAME);
        assert!(link.carries(last + DOUBT + FRAME));
        link.rest(last + DOUBT + FRAME);
        assert!(link.carries(last + MEDIA_GAP), "nothing is expected");
    }

    #[test]
    fn a_sender_that_pauses_while_its_checks_come_is_suspected_once() {
        let (mut link, now) = talking();
        assert!(matches!(link.poll(now + MEDIA_GAP), Some(Change::Down { .. })));
        link.check(now + MEDIA_GAP);
        assert_eq!(Some(Change::Up), link.poll(now + MEDIA_GAP));
        let mut at = now + MEDIA_GAP;
        for _ in 0..100 {
            link.media(at);
            at += FRAME;
        }
        assert_eq!(None, link.poll(at + MEDIA_GAP), "it is known to pause");
        assert!(matches!(link.poll(at + CHECK_GAP), Some(Change::Down { .. })), "but not to send no checks");
    }

    #[test]
    fn an_answer_from_before_the_loss_that_is_told_after_it_is_no_sign_of_life() {
        let (mut link, now) = talking();
        let noticed = now + MEDIA_GAP;
        assert!(matches!(link.poll(noticed), Some(Change::Down { .. })));
        link.answered(noticed + FRAME, now - FRAME);
        assert_eq!(None, link.poll(noticed + FRAME), "it may have come while all was well");
        link.answered(noticed + 3 * FRAME, noticed + 2 * FRAME);
        assert_eq!(Some(Change::Up), link.poll(noticed + 3 * FRAME));
    }

    #[test]
    fn an_answer_that_is_told_late_does_not_make_the_link_live_longer() {
        let (mut link, now) = talking();
        let last = now - FRAME;
        link.answered(last + MEDIA_GAP / 2, last - FRAME);
        assert_eq!(Some(Change::Down { since: last }), link.poll(last + MEDIA_GAP));
    }

    #[test]
    fn who_never_sends_media_lives_by_checks_alone() {
        let now = Instant::now();
        let mut link = Link::new(now);
        link.check(now + CHECK_GAP / 2);
        assert_eq!(None, link.poll(now + CHECK_GAP));
        assert_eq!(Some(Change::Down { since: now + CHECK_GAP / 2 }), link.poll(now + CHECK_GAP / 2 + CHECK_GAP));
    }

    #[test]
    fn a_rest_both_sides_know_of_is_no_loss() {
        let (mut link, now) = talking();
        link.rest(now);
        assert_eq!(None, link.poll(now + MEDIA_GAP));
    }
}
