//! A caller's silence, left undecoded. While the sender's own levels (RFC 6464) say that nobody speaks and nobody needs the audio,
//! its last packets are only kept, so that the decoder has something to warm up on when the voice comes back.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::level::LevelHint;
use crate::opus::RTP_HZ;

/// What counts as silence, in dB below full scale. The gate's own is 55, and a frame of its 16 ms that held all that a packet of
/// 20 ms tells of would be 1 dB above that: so the gate misses nothing.
const QUIET_BELOW_DB: u8 = 57;
/// So much silence is heard out before the rest is left out: the detector's hold-over (200 ms) and the gate's (256 ms) are through.
const SETTLED_48K: u32 = RTP_HZ / 2;
/// Kept for the decoder, which is in step with the encoder after two or three packets, and for the listener: a word begins
/// before it is noticed.
const KEPT_48K: u32 = RTP_HZ / 5;

/// A stretch that was not decoded; no payload if it was lost. Durations are on the 48 kHz RTP clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub payload: Option<Arc<[u8]>>,
    pub duration: u32,
    /// Silence the sender left out before it.
    pub skipped: u32,
}

/// Watches the levels of one stream and says what need not be decoded.
#[derive(Debug, Default)]
pub struct QuietSpell {
    needed: bool,
    quiet_48k: u32,
    resting: bool,
    kept: VecDeque<Kept>,
    kept_48k: u32,
    left_out_48k: u64,
}

impl QuietSpell {
    /// Whether somebody needs all of the audio, silence too.
    pub fn need(&mut self, needed: bool) {
        self.needed = needed;
    }

    /// Milliseconds that were never decoded.
    pub fn left_out_ms(&self) -> u64 {
        self.left_out_48k / u64::from(RTP_HZ / 1000)
    }

    pub fn is_resting(&self) -> bool {
        self.resting
    }

    /// Whether a packet of this level may stay undecoded, `duration` after the last. `open`: the gate hears a voice.
    pub fn rests(&mut self, level: LevelHint, duration: u32, open: bool) -> bool {
        let quiet = level.below_full_db.is_some_and(|below| below >= QUIET_BELOW_DB);
        if !quiet || self.needed || open {
            self.quiet_48k = 0;
            self.resting = false;
        } else if !self.resting {
            self.resting = self.quiet_48k >= SETTLED_48K;
            self.quiet_48k = self.quiet_48k.saturating_add(duration);
        }
        self.resting
    }

    /// Keep what is not decoded now; what has been kept for long enough is left out for good.
    pub fn keep(&mut self, kept: Kept) {
        self.kept_48k += kept.duration + kept.skipped;
        self.kept.push_back(kept);
        while self.kept_48k > KEPT_48K
            && let Some(oldest) = self.kept.pop_front()
        {
            self.kept_48k -= oldest.duration + oldest.skipped;
            self.left_out_48k += u64::from(oldest.duration + oldest.skipped);
        }
    }

    /// What was kept, oldest first: it is decoded before what has ended the silence.
    pub fn take(&mut self) -> VecDeque<Kept> {
        self.kept_48k = 0;
        std::mem::take(&mut self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: u32 = 960;
    const QUIET: LevelHint = LevelHint { below_full_db: Some(90), voice: None };
    const LOUD: LevelHint = LevelHint { below_full_db: Some(30), voice: None };

    fn packet(tag: u8) -> Kept {
        Kept { payload: Some(Arc::from([tag].as_slice())), duration: FRAME, skipped: 0 }
    }

    fn rest(spell: &mut QuietSpell) {
        (0..26).for_each(|_| {
            spell.rests(QUIET, FRAME, false);
        });
        assert!(spell.is_resting());
    }

    #[test]
    fn half_a_second_of_silence_is_heard_out_first() {
        let mut spell = QuietSpell::default();
        let heard = (0..100).filter(|_| !spell.rests(QUIET, FRAME, false)).count();
        assert_eq!(25, heard);
    }

    #[test]
    fn a_voice_an_open_gate_or_a_listener_in_need_ends_the_rest_at_once() {
        let mut spell = QuietSpell::default();
        rest(&mut spell);
        assert!(!spell.rests(LOUD, FRAME, false));
        rest(&mut spell);
        assert!(!spell.rests(QUIET, FRAME, true));
        rest(&mut spell);
        spell.need(true);
        assert!((0..100).all(|_| !spell.rests(QUIET, FRAME, false)));
        spell.need(false);
        rest(&mut spell);
    }

    #[test]
    fn a_sender_that_tells_no_levels_is_always_heard() {
        let mut spell = QuietSpell::default();
        assert!((0..100).all(|_| !spell.rests(LevelHint::default(), FRAME, false)));
    }

    #[test]
    fn the_last_200_ms_are_kept_in_order_and_the_rest_is_counted() {
        let mut spell = QuietSpell::default();
        (0..15).for_each(|tag| spell.keep(packet(tag)));
        assert_eq!(100, spell.left_out_ms());
        assert_eq!((5..15).map(packet).collect::<VecDeque<_>>(), spell.take());
        assert!(spell.take().is_empty());
        (0..12).for_each(|tag| spell.keep(packet(tag)));
        assert_eq!(140, spell.left_out_ms());
    }

    #[test]
    fn a_long_pause_of_the_sender_is_not_kept() {
        let mut spell = QuietSpell::default();
        spell.keep(Kept { skipped: 3 * RTP_HZ, ..packet(1) });
        assert!(spell.take().is_empty());
        assert_eq!(3_020, spell.left_out_ms());
    }
}
