//! The echo gate: what comes back of the agent's own voice, on a leg whose far end does not cancel it, is no caller.
//!
//! It removes no echo; it mutes what is nothing but echo. Both signals are cut into hops of 10 ms and eight bands. For every delay up
//! to `DELAYS` and every band it learns how much of the agent's voice comes back at least, as a low quantile of what the microphone
//! had beside what was said that long ago. A true delay explains every hop, so its figure stays; a wrong one soon meets a hop that it
//! cannot explain, and falls. The loudest of the predictions is the echo to expect. The caller speaks where the microphone has
//! clearly more than that. Levels, not waveforms, because a telephone line's coding leaves no waveform to subtract.

use std::collections::VecDeque;
use std::time::Instant;

use crate::spectrum::{BANDS, Levels, Spectrum, WINDOW};

const RATE_HZ: usize = 8_000;
/// 10 ms at 8 kHz: half a carrier's packet.
const HOP: usize = RATE_HZ / 100;
/// The same at the caller's 16 kHz.
const HEARD_HOP: usize = 2 * HOP;
/// Delays searched, in hops: 600 ms. A phone call over a carrier takes 200 to 400 ms there and back.
pub const DELAYS: usize = 60;
/// What is assumed to come back of a voice before anything is known.
const AT_FIRST: f32 = db(-6.0);
/// Less cannot be told from a line's own noise.
const LEAST_GAIN: f32 = db(-50.0);
/// No line and no loudspeaker returns more.
const MOST_GAIN: f32 = db(12.0);
/// Steps by which the quantile goes up and down: the one that three of four hops exceed. An echo of -6 dB that is not there is
/// forgotten within a second of the agent's voice; one that comes up, because the caller has put the phone on the table, is learned
/// within half a second of it.
const UP: f32 = db(1.0);
const DOWN: f32 = db(3.0);
/// The agent's voice counts in a band above this …
const SPOKEN: f32 = db(-60.0);
/// … and if it is among the loudest of what can come back now; the others' echo is lost in theirs.
const BELOW_LOUDEST: f32 = db(15.0);
/// Noise is told by its quietest hops, and is at least this; the speech gate calls silence what is below -55 dB in all.
const QUIET: f32 = db(-68.0);
const NOISE_UP: f32 = db(0.03);
const NOISE_DOWN: f32 = db(1.0);
/// The caller is where so much more comes than the prediction.
const MARGIN: f32 = db(8.0);
/// And where that is so much of all that comes.
const SHARE: f32 = 0.4;
/// Hops of the caller's of the last ten that open it …
const CALLER_HOPS: u32 = 5;
/// … and hops without so many that close it again: longer than the gaps inside a word.
const PATIENCE: u32 = 20;
/// Samples over which sound fades in and out of silence.
const FADE: usize = 32;
/// The agent's voice that waits to be compared: it is ahead of the caller's by a packet, and by a stall at most.
const WAITING: usize = RATE_HZ;
/// How far the caller's samples may lag behind the clock, and for how many packets, until the clock is set anew.
const SLACK: i64 = RATE_HZ as i64 / 40;
const CLOCK_PACKETS: u32 = 100;
/// So far off they are set at once.
const LOST: i64 = RATE_HZ as i64;

/// Decibels in the logarithms of `spectrum`.
const fn db(decibels: f32) -> f32 {
    decibels / 3.0103
}

/// One leg's echo gate.
pub struct EchoGate {
    begun: Option<Instant>,
    clock: Clock,
    /// The agent's voice from `spoken_from` on, in samples since `begun`.
    spoken: VecDeque<f32>,
    spoken_from: i64,
    /// The hop that is not full yet.
    pending: Vec<i16>,
    spectrum: Spectrum,
    /// The last window of each.
    heard_window: [f32; WINDOW],
    spoken_window: [f32; WINDOW],
    path: EchoPath,
    caller: CallerOver,
    mutes: bool,
    muted: u64,
}

impl Default for EchoGate {
    fn default() -> Self {
        Self {
            begun: None,
            clock: Clock::default(),
            spoken: VecDeque::new(),
            spoken_from: 0,
            pending: Vec::with_capacity(HEARD_HOP),
            spectrum: Spectrum::default(),
            heard_window: [0.0; WINDOW],
            spoken_window: [0.0; WINDOW],
            path: EchoPath::default(),
            caller: CallerOver::default(),
            mutes: false,
            muted: 0,
        }
    }
}

impl EchoGate {
    /// Milliseconds muted so far.
    pub fn muted_ms(&self) -> u64 {
        self.muted * 10
    }

    /// The agent's voice leaves.
    pub fn spoke(&mut self, now: Instant, pcm: &[i16], rate_hz: u32) {
        let at = samples_since(*self.begun.get_or_insert(now), now);
        if pcm.is_empty() {
            return;
        }
        let end = self.spoken_from + self.spoken.len() as i64;
        if self.spoken.is_empty() {
            self.spoken_from = at;
        } else if (at - end).abs() > SLACK {
            let gap = (at - end).clamp(0, WAITING as i64) as usize;
            self.spoken.resize(self.spoken.len() + gap, 0.0);
        }
        let samples = pcm.len() * RATE_HZ / (rate_hz as usize).max(1);
        let of = |place: usize| place * pcm.len() / samples;
        self.spoken.extend((0..samples).map(|at| mean(&pcm[of(at)..of(at + 1)])));
        self.forget_before(end - WAITING as i64);
    }

    /// The caller's 16 kHz; what is nothing but echo becomes silence. `now` is when the last sample was there.
    pub fn heard(&mut self, now: Instant, pcm: &mut [i16]) {
        let length = (pcm.len() / 2) as i64;
        let begun = *self.begun.get_or_insert(now);
        self.clock.heard(samples_since(begun, now) - length - (self.pending.len() / 2) as i64);
        let mut rest = pcm;
        while !rest.is_empty() {
            let take = rest.len().min(HEARD_HOP - self.pending.len());
            let (part, after) = rest.split_at_mut(take);
            self.pending.extend_from_slice(part);
            let muted = self.mutes;
            if self.pending.len() == HEARD_HOP {
                self.mutes = self.hop();
            }
            fade(part, muted, self.mutes);
            rest = after;
        }
    }

    /// Whether the full hop is to be silent.
    fn hop(&mut self) -> bool {
        let from = self.clock.at;
        self.clock.at += HOP as i64;
        self.heard_window.copy_within(HOP.., 0);
        self.spoken_window.copy_within(HOP.., 0);
        for at in 0..HOP {
            self.heard_window[WINDOW - HOP + at] = mean(&self.pending[2 * at..2 * at + 2]);
            self.spoken_window[WINDOW - HOP + at] = self.spoken_at(from + at as i64);
        }
        self.pending.clear();
        self.forget_before(from + HOP as i64);
        if self.spoken_window.iter().all(|sample| *sample == 0.0) && !self.path.echoes() {
            self.caller = CallerOver::default();
            return false; // the agent is silent, and has been for long enough
        }
        let (heard, spoken) = self.spectrum.levels(&self.heard_window, &self.spoken_window);
        let expected = self.path.expect(&heard, &spoken);
        let mutes = !self.caller.speaks(&heard, &expected);
        self.muted += u64::from(mutes);
        mutes
    }

    fn spoken_at(&self, at: i64) -> f32 {
        usize::try_from(at - self.spoken_from).ok().and_then(|place| self.spoken.get(place)).copied().unwrap_or(0.0)
    }

    fn forget_before(&mut self, at: i64) {
        let old = (at - self.spoken_from).clamp(0, self.spoken.len() as i64);
        self.spoken.drain(..old as usize);
        self.spoken_from += old;
    }
}

/// Where the caller's samples lie on the agent's clock. Packets come late and in bursts, never early: the least late tell the time.
#[derive(Default)]
struct Clock {
    /// Of the next sample.
    at: i64,
    started: bool,
    least_late: i64,
    packets: u32,
}

impl Clock {
    /// A packet has come that would begin at `due` if it were not late.
    fn heard(&mut self, due: i64) {
        let late = due - self.at;
        self.least_late = if self.packets == 0 { late } else { self.least_late.min(late) };
        self.packets += 1;
        let settled = self.packets == CLOCK_PACKETS;
        if !self.started || late.abs() > LOST || (settled && self.least_late.abs() > SLACK) {
            self.at += if self.started && settled { self.least_late } else { late };
            self.started = true;
            self.packets = 0;
        } else if settled {
            self.packets = 0;
        }
    }
}

/// How much of the agent's voice comes back, by delay and band.
struct EchoPath {
    /// What was said in the last hops, the latest at `latest`.
    said: [Levels; DELAYS],
    latest: usize,
    gains: [Levels; DELAYS],
    /// Hops since something was said.
    silent: usize,
    /// What the line and the room have by themselves.
    noise: Levels,
}

impl Default for EchoPath {
    fn default() -> Self {
        Self {
            said: [[2.0 * SPOKEN; BANDS]; DELAYS],
            latest: 0,
            gains: [[AT_FIRST; BANDS]; DELAYS],
            silent: DELAYS,
            noise: [QUIET; BANDS],
        }
    }
}

impl EchoPath {
    /// Whether an echo can still come.
    fn echoes(&self) -> bool {
        self.silent < DELAYS
    }

    /// The echo to expect in this hop; learns from it how wrong that is.
    fn expect(&mut self, heard: &Levels, spoken: &Levels) -> Levels {
        self.latest = (self.latest + DELAYS - 1) % DELAYS;
        self.said[self.latest] = *spoken;
        self.silent = if spoken.iter().any(|level| *level > SPOKEN) { 0 } else { self.silent + 1 };
        let (newer, older) = self.said.split_at(self.latest);
        let said = || older.iter().chain(newer); // by delay
        let bars =
            said().fold([SPOKEN; BANDS], |bars, said| std::array::from_fn(|band| bars[band].max(said[band] - BELOW_LOUDEST)));
        let mut expected = self.noise;
        for (noise, heard) in self.noise.iter_mut().zip(heard) {
            *noise = (*noise + if *heard < *noise { -NOISE_DOWN } else { NOISE_UP }).max(QUIET);
        }
        for (said, gains) in said().zip(&mut self.gains) {
            for band in 0..BANDS {
                let echo = said[band] + gains[band];
                expected[band] = expected[band].max(echo);
                let step = if heard[band] < echo { -DOWN } else { UP };
                let counts = f32::from(u8::from(said[band] >= bars[band]));
                gains[band] = (gains[band] + counts * step).clamp(LEAST_GAIN, MOST_GAIN);
            }
        }
        expected
    }
}

/// Whether the caller speaks over the agent.
#[derive(Default)]
struct CallerOver {
    hops: u32,
    open: bool,
    without: u32,
}

impl CallerOver {
    fn speaks(&mut self, heard: &Levels, expected: &Levels) -> bool {
        let (mut all, mut more) = (0.0, 0.0);
        for (heard, expected) in heard.iter().zip(expected) {
            let power = heard.exp2();
            all += power;
            more += if *heard > expected + MARGIN { power } else { 0.0 };
        }
        let here = more > SHARE * all;
        self.hops = (self.hops << 1 | u32::from(here)) & 0x3ff;
        if self.hops.count_ones() >= CALLER_HOPS {
            (self.open, self.without) = (true, 0);
        } else {
            self.without += 1;
            self.open &= self.without < PATIENCE;
        }
        self.open || here
    }
}

fn samples_since(begun: Instant, now: Instant) -> i64 {
    (now.saturating_duration_since(begun).as_micros() * RATE_HZ as u128 / 1_000_000) as i64
}

fn mean(samples: &[i16]) -> f32 {
    samples.iter().map(|sample| f32::from(*sample)).sum::<f32>() / samples.len().max(1) as f32
}

/// Silence a stretch, or not, with a short way from what was before.
fn fade(pcm: &mut [i16], was_muted: bool, muted: bool) {
    let length = FADE.min(pcm.len());
    match (was_muted, muted) {
        (false, false) => {}
        (true, true) => pcm.fill(0),
        (was_muted, _) => {
            for (at, sample) in pcm[..length].iter_mut().enumerate() {
                let step = if was_muted { at + 1 } else { length - at };
                *sample = (i32::from(*sample) * step as i32 / (length as i32 + 1)) as i16;
            }
            if !was_muted {
                pcm[length..].fill(0);
            }
        }
    }
}
