//! Keys that the agent presses: one after another, as telephone events (RFC 4733) where the far end knows them, else as the tones
//! that a telephone would make (ITU-T Q.23). A tick is a frame of 20 ms; the voice gives them up while keys wait.

use std::collections::VecDeque;
use std::f32::consts::TAU;
use std::time::Instant;

use crate::digits;
use crate::limits::KEYS_WAITING;
use crate::playout::FRAME_RATE;
use crate::recent::REACH;

/// 100 ms, as browsers press by default (W3C WebRTC 7.2, `insertDTMF`); carriers want 40 at least (ITU-T Q.24).
const KEY_TICKS: u32 = 5;
/// 80 ms before the next key or the voice: browsers' 70 in whole frames. Silence is sent in them, as browsers go on with their voice: a
/// Chromium that gets nothing stretches what it heard last, and misses the next key's beginning (156, heard). The end's repetitions
/// are over by then.
const GAP_TICKS: u32 = 4;
/// 60 ms of silence before a key that follows none: a listener whose buffer has run dry would begin the key late, and cut it short
/// (Firefox 153 and Chromium 156, heard).
const LEAD_TICKS: u32 = 3;
/// The end of an event is told three times (RFC 4733 2.5.1.4).
const END_PACKETS: u32 = 3;
/// `,` waits two seconds (W3C WebRTC 7.2), `w` half a second (Twilio's `sendDigits`).
const LONG_REST_TICKS: u32 = 2 * FRAME_RATE;
const SHORT_REST_TICKS: u32 = FRAME_RATE / 2;

/// Hz, by row and by column of the keys (ITU-T Q.23).
const ROWS_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const LAYOUT: [u8; 16] = *b"123A456B789C*0#D";
/// Of full scale: -14 dB for the row; the column is 2 dB above it, because lines lose more of what is high (ITU-T Q.24 allows 4).
const ROW_LEVEL: f32 = 0.2;
const COLUMN_LEVEL: f32 = 0.25;
/// Tones begin and end within this, without a click.
const EDGE_SECONDS: f32 = 0.003;
/// What an event says of its tone's level, dB below 0 dBm0 (RFC 4733 2.3.2); browsers say the same.
const EVENT_VOLUME: u8 = 10;

/// How keys are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signal {
    /// Audibly.
    #[default]
    Tones,
    /// As events whose durations count in a clock of `hz`.
    Events { hz: u32 },
}

/// What leaves in one tick in the voice's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// The payload of an event; `first` of its key.
    Event { payload: [u8; 4], first: bool },
    /// Sound, or the silence between.
    Sound(Vec<i16>),
    /// Nothing: a pause.
    Rest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    /// The number of the event.
    Key(u8),
    /// So many ticks.
    Pause(u32),
}

impl Symbol {
    fn read(written: char) -> Option<Self> {
        match written.to_ascii_uppercase() {
            ',' => Some(Self::Pause(LONG_REST_TICKS)),
            'W' => Some(Self::Pause(SHORT_REST_TICKS)),
            key => digits::event_of(key).map(Self::Key),
        }
    }

    fn told_after(self) -> u32 {
        match self {
            Self::Key(_) => KEY_TICKS,
            Self::Pause(ticks) => ticks,
        }
    }

    fn ticks(self) -> u32 {
        match self {
            Self::Key(_) => KEY_TICKS + GAP_TICKS,
            Self::Pause(ticks) => ticks,
        }
    }
}

#[derive(Debug, Default)]
pub struct Keypad {
    signal: Signal,
    waiting: VecDeque<Symbol>,
    /// How many ticks of the first have passed.
    passed: u32,
    /// The end of a key, to be told once more beside the silence behind it.
    repeated: Option<[u8; 4]>,
    /// What was pressed lately, and when its end was first told.
    recent: VecDeque<(Instant, Symbol)>,
    pressed: u64,
    refused: u64,
    /// Somebody waits to be told that nothing waits any more.
    awaited: bool,
}

impl Keypad {
    /// The voice is silent: do not begin with a key.
    pub fn lead_in(&mut self) {
        if self.waiting.is_empty() {
            self.waiting.push_back(Symbol::Pause(LEAD_TICKS));
        }
    }

    /// From now on tell keys like this. A key under way begins anew.
    pub fn signal(&mut self, signal: Signal) {
        self.signal = signal;
        self.passed = 0;
    }

    /// Press these behind those that wait: `0`-`9`, `*`, `#`, `A`-`D`, and pauses. Spaces, brackets and the like are passed over as
    /// people write numbers; what is beyond the limit is refused.
    pub fn press(&mut self, written: &str) {
        self.awaited = true;
        for symbol in written.chars().filter_map(Symbol::read) {
            if self.waiting.len() < KEYS_WAITING {
                self.waiting.push_back(symbol);
            } else {
                self.refused += 1;
            }
        }
    }

    /// Nobody has heard us since then: keys that ended later are pressed again, and the one under way from its beginning. Where only our
    /// own ears were cut off some are told twice; a number with a hole in it would be no better.
    pub fn take_back(&mut self, since: Instant) {
        self.begin_anew();
        let later = self.recent.drain(..).filter(|(at, _)| *at > since).map(|(_, symbol)| symbol);
        let again: Vec<Symbol> = later.collect();
        again.into_iter().rev().for_each(|symbol| self.waiting.push_front(symbol));
    }

    /// The key under way stops, and begins anew when there is another tick.
    pub fn begin_anew(&mut self) {
        self.repeated = None;
        if self.told() {
            self.finish(); // it is among the recent ones
        }
        self.passed = 0;
    }

    /// Whether nothing waits.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether what was ordered has been pressed since this was last asked.
    pub fn take_done(&mut self) -> bool {
        self.is_idle() && std::mem::take(&mut self.awaited)
    }

    /// Whether the first of what waits has begun.
    pub fn is_under_way(&self) -> bool {
        self.passed > 0
    }

    /// Keys whose end was told, and symbols that were refused.
    pub fn counts(&self) -> (u64, u64) {
        (self.pressed, self.refused)
    }

    /// What leaves in the next tick, sound at `rate_hz`; None when nothing waits.
    pub fn tick(&mut self, now: Instant, rate_hz: u32) -> Option<Stroke> {
        let symbol = *self.waiting.front()?;
        let stroke = match (symbol, self.signal) {
            (Symbol::Key(event), Signal::Events { hz }) => self.event(event, hz, rate_hz),
            (Symbol::Key(event), Signal::Tones) => Stroke::Sound(tone(event, self.passed, rate_hz)),
            (Symbol::Pause(ticks), Signal::Events { .. }) if self.passed + LEAD_TICKS < ticks => Stroke::Rest,
            (Symbol::Pause(_), _) => Stroke::Sound(vec![0; samples(rate_hz)]),
        };
        self.passed += 1;
        if self.passed == symbol.told_after() {
            self.pressed += u64::from(matches!(symbol, Symbol::Key(_)));
            self.remember(now, symbol);
        }
        if self.passed >= symbol.ticks() {
            self.finish();
        }
        Some(stroke)
    }

    /// What is due in the same tick, and no part of its time.
    pub fn take_repeated(&mut self) -> Option<[u8; 4]> {
        self.repeated.take()
    }

    /// A key's duration grows with each packet; in the gap its end is told again.
    fn event(&mut self, event: u8, hz: u32, rate_hz: u32) -> Stroke {
        let first = self.passed == 0;
        let lasted = (self.passed + 1).min(KEY_TICKS);
        let end = if lasted == KEY_TICKS { 0x80 } else { 0 };
        let [high, low] = ((lasted * hz / FRAME_RATE) as u16).to_be_bytes();
        let payload = [event, end | EVENT_VOLUME, high, low];
        if self.passed < KEY_TICKS {
            return Stroke::Event { payload, first };
        }
        self.repeated = (self.passed < KEY_TICKS + END_PACKETS - 1).then_some(payload);
        Stroke::Sound(vec![0; samples(rate_hz)])
    }

    fn remember(&mut self, now: Instant, symbol: Symbol) {
        while self.recent.front().is_some_and(|(at, _)| *at + REACH < now) {
            self.recent.pop_front();
        }
        self.recent.push_back((now, symbol));
    }

    /// Whether the first of what waits has been told to its end, and only its gap is left.
    fn told(&self) -> bool {
        self.waiting.front().is_some_and(|symbol| self.passed >= symbol.told_after())
    }

    fn finish(&mut self) {
        self.waiting.pop_front();
        self.passed = 0;
    }
}

/// 20 ms of a key, or of the gap behind it.
fn tone(event: u8, number: u32, rate_hz: u32) -> Vec<i16> {
    let count = samples(rate_hz);
    let name = digits::NAMES[usize::from(event)];
    let place = LAYOUT.iter().position(|key| *key == name).unwrap_or_default();
    if number >= KEY_TICKS {
        return vec![0; count];
    }
    let (row_hz, column_hz) = (ROWS_HZ[place / 4], COLUMNS_HZ[place % 4]);
    let whole = KEY_TICKS as f32 / FRAME_RATE as f32;
    let at = |index: usize| {
        let second = (number as usize * count + index) as f32 / rate_hz as f32;
        let edge = (second.min(whole - second) / EDGE_SECONDS).clamp(0.0, 1.0);
        let wave = |level: f32, hz: f32| level * (second * hz * TAU).sin();
        (f32::from(i16::MAX) * edge * (wave(ROW_LEVEL, row_hz) + wave(COLUMN_LEVEL, column_hz))) as i16
    };
    (0..count).map(at).collect()
}

fn samples(rate_hz: u32) -> usize {
    (rate_hz / FRAME_RATE) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strokes(keypad: &mut Keypad) -> Vec<Stroke> {
        std::iter::from_fn(|| keypad.tick(Instant::now(), 8_000)).collect()
    }

    fn events(written: &str) -> Vec<Stroke> {
        let mut keypad = Keypad::default();
        keypad.signal(Signal::Events { hz: 48_000 });
        keypad.press(written);
        strokes(&mut keypad)
    }

    #[test]
    fn an_event_grows_and_its_end_is_told_three_times() {
        let mut keypad = Keypad::default();
        keypad.signal(Signal::Events { hz: 48_000 });
        keypad.press("#");
        let mut payloads = Vec::new();
        while let Some(stroke) = keypad.tick(Instant::now(), 8_000) {
            payloads.extend(if let Stroke::Event { payload, .. } = stroke { Some(payload) } else { None });
            payloads.extend(keypad.take_repeated());
        }
        let durations: Vec<u16> = payloads.iter().map(|p| u16::from_be_bytes([p[2], p[3]])).collect();
        assert_eq!(vec![960, 1920, 2880, 3840, 4800, 4800, 4800], durations);
        assert_eq!(vec![10, 10, 10, 10, 0x8a, 0x8a, 0x8a], payloads.iter().map(|p| p[1]).collect::<Vec<_>>());
        assert!(payloads.iter().all(|p| p[0] == 11));
    }

    #[test]
    fn only_the_first_packet_of_a_key_is_the_first() {
        let firsts: Vec<bool> = events("11").iter().map(|s| matches!(s, Stroke::Event { first: true, .. })).collect();
        let at: Vec<usize> = firsts.iter().enumerate().filter_map(|(n, first)| first.then_some(n)).collect();
        assert_eq!(vec![0, 9], at, "180 ms apart");
    }

    #[test]
    fn pauses_last_and_what_is_no_key_is_passed_over() {
        assert_eq!(9 + 100 + 9, events("1,2").len());
        assert_eq!(9 + 25 + 9, events("1w2").len());
        assert_eq!(events("4155"), events("(41) 5-5."));
        assert_eq!(events("AD"), events("ad"));
    }

    #[test]
    fn what_ended_before_the_last_sign_of_the_far_end_is_not_pressed_again() {
        let start = Instant::now();
        for (ticks, left) in [(4, 27), (5, 18), (8, 18), (12, 18), (14, 18), (15, 18)] {
            let mut keypad = Keypad::default();
            keypad.press("123");
            let frame = |n: u32| start + n * crate::voice::FRAME;
            (0..ticks).for_each(|n| drop(keypad.tick(frame(n), 8_000)));
            keypad.take_back(frame(4)); // the first key's end was told then
            assert_eq!(left, strokes(&mut keypad).len(), "{ticks}");
        }
    }

    #[test]
    fn it_is_told_once_that_all_keys_are_pressed() {
        let mut keypad = Keypad::default();
        assert!(!keypad.take_done(), "nothing was ordered");
        keypad.press("1");
        keypad.press("2");
        let mut told = Vec::new();
        for tick in 0.. {
            if keypad.take_done() {
                told.push(tick);
            }
            if keypad.tick(Instant::now(), 8_000).is_none() {
                break;
            }
        }
        assert_eq!(vec![18], told, "after the gap behind the last");
        assert!(!keypad.take_done());
    }

    #[test]
    fn no_more_keys_wait_than_the_limit() {
        let mut keypad = Keypad::default();
        keypad.press(&"1".repeat(KEYS_WAITING + 3));
        assert_eq!(KEYS_WAITING * 9, strokes(&mut keypad).len());
        assert_eq!((KEYS_WAITING as u64, 3), keypad.counts());
    }
}
