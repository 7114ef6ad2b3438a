//! The speech gate: cheap, per call, quick to open. It only pauses playout; the voice activity detector has the last word.

use std::collections::VecDeque;

use earshot::Detector;

use crate::level::LevelHint;

/// 16 ms at 16 kHz, the frame Earshot was trained on.
pub const FRAME: usize = 256;
/// So many frames without a hit close it (256 ms: longer than the gaps inside a word).
const MISSES_TO_CLOSE: usize = 16;
/// Enough when the sender's own detector hears a voice too (RFC 6464 V bit set).
const VOICE_WITH_HINT: f32 = 0.5;
/// What it takes when that detector hears none.
const VOICE_AGAINST_HINT: f32 = 0.8;
/// From here on a frame makes it doubtful whether somebody speaks. Known a packet ahead, the opening counts from p50 70 ms after the
/// first sample instead of 83 in a quiet room; of keys it doubts 41 times a minute, of white noise 101 (benchmarks/README.md).
const DOUBTFUL: f32 = 0.6;
/// Once it is open, a frame that is so surely voice has more behind it …
const CERTAIN: f32 = 0.9;
/// … so the network rests for so many (64 ms) …
const REST: usize = 4;
/// … and hears one, to remember what is now, before one that counts. It hears 58 % of a voice that goes on then, and closes 30 to 80 ms
/// later in noise, in the medians of 43 places in 18 s of speech (340 to 530 ms after the voice without a rest, at -57 to -39 dB of
/// noise); in a quiet room no later.
const REMINDER: usize = 1;
/// Below this root mean square (-55 dB of full scale) a frame is silence to anybody, and the network is not run.
const SILENCE_RMS: f32 = 58.0;

/// What opens the gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// So many hits …
    pub hits: usize,
    /// … in so many frames.
    pub window: usize,
    /// What the network must say of a frame for a hit.
    pub voice: f32,
    /// What it must say of one frame that opens it alone.
    pub sure: f32,
}

impl Default for Policy {
    /// By the table in benchmarks/README.md. Three hits in five frames, or one that is surely voice: a click is not, and does not open
    /// it alone. That one frame makes it 20 ms quicker in the median than three in five, and costs no pause on noise, keys, coughs,
    /// music or tones. Earshot calls 0.5 voice, but white noise reaches 0.60 in its first frames and again when loud.
    fn default() -> Self {
        Self { hits: 3, window: 5, voice: 0.65, sure: 0.7 }
    }
}

/// The gate has opened or closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Opened,
    Closed,
}

/// One caller's gate, fed with 16 kHz mono PCM in pieces of any length.
pub struct SpeechGate {
    policy: Policy,
    detector: Box<Detector>,
    pending: Vec<i16>,
    hits: VecDeque<bool>,
    misses: usize,
    /// Frames before the next that counts.
    resting: usize,
    /// Frames that the network has heard.
    heard: u64,
    open: bool,
    in_doubt: bool,
    quiet: bool,
    silence_rms: f32,
}

impl Default for SpeechGate {
    fn default() -> Self {
        Self::new()
    }
}

impl SpeechGate {
    pub fn new() -> Self {
        Self::with(Policy::default())
    }

    pub fn with(policy: Policy) -> Self {
        Self {
            policy,
            detector: Detector::default_boxed(),
            pending: Vec::with_capacity(2 * FRAME),
            hits: VecDeque::with_capacity(policy.window),
            misses: 0,
            resting: 0,
            heard: 0,
            open: false,
            in_doubt: false,
            quiet: true,
            silence_rms: SILENCE_RMS,
        }
    }

    /// From now on run the network over silence too.
    pub fn spare_nothing(&mut self) {
        self.silence_rms = 0.0;
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Frames that the network has heard so far.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// Whether it is closed and what was pushed last may be the beginning of a voice.
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt && !self.open
    }

    /// `ahead` samples of silence come, and then what may be a voice. A frame that begins with the packet notices it soonest: it
    /// takes up to 10 ms longer elsewhere (thirty sentences from ten places within a packet, three hits in five).
    pub fn align(&mut self, ahead: usize) {
        let begun = self.pending.len() + ahead;
        let missing = begun.next_multiple_of(FRAME) - begun;
        self.pending.resize(self.pending.len() + missing, 0);
    }

    /// Listen on; the last edge if there was one.
    pub fn push(&mut self, pcm: &[i16], hint: LevelHint) -> Option<Edge> {
        self.pending.extend_from_slice(pcm);
        let mut edge = None;
        let mut from = 0;
        self.in_doubt = false;
        while self.pending.len() - from >= FRAME {
            if let Some(score) = self.score(from) {
                self.in_doubt |= score >= DOUBTFUL && hint.voice != Some(false);
                edge = self.judge(score, hint).or(edge);
            }
            from += FRAME;
        }
        self.pending.drain(..from);
        edge
    }

    /// How much of a voice the frame is; None if that is not asked, because one goes on.
    fn score(&mut self, from: usize) -> Option<f32> {
        let frame = &self.pending[from..from + FRAME];
        let energy: f32 = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum();
        if (energy / FRAME as f32).sqrt() < self.silence_rms {
            (self.quiet, self.resting) = (true, 0);
            return Some(0.0);
        }
        let counts = self.resting == 0;
        if self.resting > REMINDER {
            self.resting -= 1;
            return None;
        }
        if std::mem::take(&mut self.quiet) {
            self.detector.reset(); // what it remembers is from before the silence
        }
        self.heard += 1;
        self.resting = self.resting.saturating_sub(1);
        let score = self.detector.predict_i16(frame);
        counts.then_some(score)
    }

    fn judge(&mut self, score: f32, hint: LevelHint) -> Option<Edge> {
        let bar = match hint.voice {
            Some(true) => VOICE_WITH_HINT,
            Some(false) => VOICE_AGAINST_HINT,
            None => self.policy.voice,
        };
        let hit = score >= bar;
        if self.hits.len() == self.policy.window {
            self.hits.pop_front();
        }
        self.hits.push_back(hit);
        self.misses = if hit { 0 } else { self.misses + 1 };
        if self.open && score >= CERTAIN {
            self.resting = REST + REMINDER;
        }
        let sure = score >= self.policy.sure && hint.voice != Some(false);
        if !self.open && (sure || self.hits.iter().filter(|hit| **hit).count() >= self.policy.hits) {
            self.open = true;
            return Some(Edge::Opened);
        }
        if self.open && self.misses >= MISSES_TO_CLOSE {
            self.open = false;
            return Some(Edge::Closed);
        }
        None
    }
}
