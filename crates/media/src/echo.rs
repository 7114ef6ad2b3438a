//! The echo gate: what comes back of the agent's own voice, on a leg whose far end does not cancel it, is no caller.
//!
//! It removes no echo; it mutes what is nothing but echo. Both signals are cut into hops of 10 ms and eight bands. For every delay up
//! to `DELAYS` and every band it learns how much of the agent's voice comes back at least, as a low quantile of what the microphone
//! had beside what was said that long ago. A true delay explains every hop, so its figure stays; a wrong one soon meets a hop that it
//! cannot explain, and falls. The loudest of the predictions is the echo to expect. The caller speaks where the microphone has
//! clearly more than that, unless it is the same way back with another delay (`alignment`). Levels, not waveforms, because a
//! telephone line's coding leaves no waveform to subtract.

mod alignment;
mod caller;
mod clock;
mod doubt;
mod path;

use std::collections::VecDeque;
use std::time::Instant;

use crate::spectrum::{Levels, Spectrum, WINDOW};

use alignment::Alignment;
use caller::CallerOver;
use clock::{Clock, SLACK};
pub use path::DELAYS;
use path::EchoPath;

const RATE_HZ: usize = 8_000;
/// 10 ms at 8 kHz: half a carrier's packet.
const HOP: usize = RATE_HZ / 100;
/// The same at the caller's 16 kHz.
const HEARD_HOP: usize = 2 * HOP;
/// Samples over which sound fades in and out of silence.
const FADE: usize = 32;
/// The agent's voice that waits to be compared: it is ahead of the caller's by a packet, and by a stall at most. In a longer one the
/// agent waits too.
const WAITING: usize = 3 * RATE_HZ;
/// And so much of what was compared, should the clock have been late.
const REMEMBERED: i64 = RATE_HZ as i64 / 5;

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
    /// None: what has another delay at once is only learned anew.
    alignment: Option<Alignment>,
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
            alignment: Some(Alignment::default()),
            mutes: false,
            muted: 0,
        }
    }
}

impl EchoGate {
    /// One that follows no jumps of the delay: what that gains is measured in benchmarks/gate.
    pub fn that_only_learns() -> Self {
        Self { alignment: None, ..Self::default() }
    }

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
        let now = samples_since(*self.begun.get_or_insert(now), now);
        let later = self.clock.heard(now, now - length - (self.pending.len() / 2) as i64);
        self.put_on(later);
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

    /// Made up where nothing of the caller's has come: nothing is learned from it. What it stands for may still come.
    pub fn made_up(&self, pcm: &mut [i16]) {
        if self.mutes {
            pcm.fill(0);
        }
    }

    /// So much of the caller's 16 kHz will not come.
    pub fn missed(&mut self, samples: usize) {
        self.put_on((samples / 2) as i64);
    }

    /// Time goes by, or turns out to be less, without anything heard; what was said meanwhile may come back yet.
    fn put_on(&mut self, samples: i64) {
        let hops = (samples / HOP as i64).clamp(0, DELAYS as i64);
        self.clock.at += samples - hops * HOP as i64;
        for _ in 0..hops {
            self.turn_over();
            let (_, spoken) = self.spectrum.levels(&[0.0; WINDOW], &self.spoken_window);
            self.path.pass(&spoken);
        }
    }

    /// The next hop of what was said.
    fn turn_over(&mut self) {
        let from = self.clock.at;
        self.clock.at += HOP as i64;
        self.spoken_window.copy_within(HOP.., 0);
        for at in 0..HOP {
            self.spoken_window[WINDOW - HOP + at] = self.spoken_at(from + at as i64);
        }
        self.forget_before(self.clock.at - REMEMBERED);
    }

    /// Whether the full hop is to be silent.
    fn hop(&mut self) -> bool {
        self.turn_over();
        self.heard_window.copy_within(HOP.., 0);
        for at in 0..HOP {
            self.heard_window[WINDOW - HOP + at] = mean(&self.pending[2 * at..2 * at + 2]);
        }
        self.pending.clear();
        if self.spoken_window.iter().all(|sample| *sample == 0.0) && !self.path.echoes() {
            self.caller = CallerOver::default();
            return false; // the agent is silent, and has been for long enough
        }
        let (heard, spoken) = self.spectrum.levels(&self.heard_window, &self.spoken_window);
        self.path.pass(&spoken);
        let expected = self.path.expected();
        let missed = self.alignment.as_mut().is_some_and(|at| at.note_missed(&self.path, &heard));
        if !missed {
            self.path.learn(&heard);
        }
        let mutes = !self.is_callers(&heard, &expected);
        self.muted += u64::from(mutes);
        mutes
    }

    /// Whether a hop is the caller's, or lies within what is.
    fn is_callers(&mut self, heard: &Levels, expected: &Levels) -> bool {
        let more = caller::is_more(heard, expected);
        let Some(alignment) = &mut self.alignment else { return self.caller.speaks(more, false) };
        if alignment.follow(&mut self.path, heard, expected, more) {
            self.caller = CallerOver::default();
            return false;
        }
        let withheld = alignment.bar(&self.path).is_some_and(|bar| !caller::is_more(heard, &bar));
        self.caller.speaks(more, withheld)
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
