//! The caller's direction of one leg: RTP packets in, an unbroken stream of 16 kHz PCM and the gate's edges out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::allowance::Allowance;
use crate::codec::{Decoder, Format};
use crate::echo::EchoGate;
use crate::gate::{Edge, SpeechGate};
use crate::jitter::Jitter;
use crate::level::{LevelHint, VoiceBit};
use crate::opus::{OpusError, RTP_HZ};
use crate::quiet::{Kept, QuietSpell};
use crate::red::Blocks;
use crate::reorder::{Counts, ReorderWindow, Step};
use crate::rhythm::Rhythm;
use crate::stages::{Stage, enter};
use crate::stall::{CONCEALED_AT_MOST_48K, Missing, Stall};

/// Of the jitter: nearly every packet is no later than that.
const LATEST: f32 = 2.0;
/// Silence put in for a gap or a sender's pause; a longer one is not worth the listener's time.
const SILENCE_AT_MOST_48K: u32 = RTP_HZ * 3;
/// 48 kHz RTP clock to 16 kHz samples.
const CLOCK_PER_SAMPLE: u32 = 3;

/// A stretch of the caller's audio, and what the gate made of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard<'a> {
    pub pcm: &'a [i16],
    pub edge: Option<Edge>,
    /// It may be the beginning of a voice: the next packet tells.
    pub doubtful: bool,
}

/// One packet on its way through the window.
#[derive(Clone, Debug)]
struct Packet {
    payload: Arc<[u8]>,
    level: LevelHint,
}

/// Orders, decodes, conceals and senses.
pub struct Hearing {
    format: Format,
    window: ReorderWindow<Packet>,
    decoder: Decoder,
    gate: Option<SpeechGate>,
    /// None where the far end cancels echo itself.
    echo: Option<Box<EchoGate>>,
    /// None where the sender's pauses are left out.
    stall: Option<Stall>,
    /// None for a listener who wants every sample.
    quiet: Option<QuietSpell>,
    ssrc: Option<u32>,
    hint: LevelHint,
    voice_bit: VoiceBit,
    out: Vec<i16>,
    jitter: Jitter,
    rhythm: Rhythm,
    concealed_48k: u64,
    recovered: u64,
    undecodable: u64,
    allowance: Allowance,
    excess: u64,
}

impl Hearing {
    /// `gated`: sense speech. `continuous`: fill the sender's pauses and stalls with silence, as a recogniser wants it. `resting`:
    /// leave silence undecoded while nobody needs it.
    pub fn new(format: Format, gated: bool, continuous: bool, resting: bool) -> Result<Self, OpusError> {
        Ok(Self {
            format,
            window: ReorderWindow::new(),
            decoder: Decoder::new(format)?,
            gate: gated.then(SpeechGate::new),
            echo: None,
            stall: continuous.then(Stall::default),
            quiet: resting.then(QuietSpell::default),
            ssrc: None,
            hint: LevelHint::default(),
            voice_bit: VoiceBit::default(),
            out: Vec::new(),
            jitter: Jitter::default(),
            rhythm: Rhythm::default(),
            concealed_48k: 0,
            recovered: 0,
            undecodable: 0,
            allowance: Allowance::default(),
            excess: 0,
        })
    }

    /// From now on sense speech in silence too.
    pub fn spare_nothing(&mut self) {
        if let Some(gate) = &mut self.gate {
            gate.spare_nothing();
        }
    }

    /// The far end does not cancel echo: what comes back of our own voice is muted.
    pub fn expect_echo(&mut self) {
        self.echo = Some(Box::default());
    }

    /// Our own voice leaves.
    pub fn spoke(&mut self, now: Instant, pcm: &[i16], rate_hz: u32) {
        if let Some(echo) = &mut self.echo {
            echo.spoke(now, pcm, rate_hz);
        }
    }

    /// Milliseconds that held nothing but our own voice.
    pub fn echo_ms(&self) -> u64 {
        self.echo.as_ref().map_or(0, |echo| echo.muted_ms())
    }

    /// Another stream begins, in this format; whether it is another source is not known from its numbers.
    pub fn begin_another(&mut self, format: Format) -> Result<(), OpusError> {
        if self.format != format {
            self.decoder = Decoder::new(format)?;
            self.format = format;
        }
        self.ssrc = None;
        self.window.restart();
        Ok(())
    }

    pub fn counts(&self) -> Counts {
        self.window.counts()
    }

    pub fn jitter_ms(&self) -> f32 {
        self.jitter.millis()
    }

    /// By when a packet had come, as late as they are; others have whole frames from there.
    pub fn come_by(&self) -> Option<Instant> {
        self.rhythm.beat().map(|beat| beat + Duration::from_secs_f32(LATEST * self.jitter.millis() / 1000.0))
    }

    /// Milliseconds concealed so far.
    pub fn concealed_ms(&self) -> u64 {
        self.concealed_48k / u64::from(RTP_HZ / 1000)
    }

    /// Lost packets that were heard from the coarse copy in the next (in-band FEC).
    pub fn recovered(&self) -> u64 {
        self.recovered
    }

    /// Milliseconds of silence that were never decoded.
    pub fn left_out_ms(&self) -> u64 {
        self.quiet.as_ref().map_or(0, QuietSpell::left_out_ms)
    }

    /// Whether all of the audio is needed from now on, silence too.
    pub fn need(&mut self, needed: bool) {
        if let Some(quiet) = &mut self.quiet {
            quiet.need(needed);
        }
    }

    /// Packets that could not be decoded.
    pub fn undecodable(&self) -> u64 {
        self.undecodable
    }

    /// Packets and losses passed over because there was no time in which all of that could have been said.
    pub fn excess(&self) -> u64 {
        self.excess
    }

    /// One RTP packet. A new source is a new stream, whatever its numbers say.
    pub fn receive_from(&mut self, ssrc: u32, now: Instant, seq: u16, ts: u32, payload: Arc<[u8]>, hint: LevelHint) {
        if self.ssrc.replace(ssrc).is_some_and(|before| before != ssrc) {
            self.window.restart();
        }
        self.receive(now, seq, ts, payload, hint);
    }

    /// One RTP packet of the stream.
    pub fn receive(&mut self, now: Instant, seq: u16, ts: u32, payload: Arc<[u8]>, hint: LevelHint) {
        let Some(duration) = self.format.duration_48k(&payload) else {
            self.undecodable += 1;
            return;
        };
        self.hint = self.voice_bit.believe(hint);
        if let Some(stall) = &mut self.stall {
            stall.packet(now);
        }
        self.jitter.packet(now, ts);
        self.rhythm.packet(now);
        self.window.insert(now, seq, ts, duration, Packet { payload, level: hint });
    }

    /// A packet of the source's that is no audio.
    pub fn pass_from(&mut self, ssrc: u32, seq: u16) {
        if self.ssrc == Some(ssrc) {
            self.window.pass(seq);
        }
    }

    /// The copies that came along with packet `seq`, of those that are missing. A sender that leaves packets out between copies is
    /// not followed: their place says which they are, and their timestamp must agree.
    pub fn receive_copies(&mut self, now: Instant, seq: u16, ts: u32, blocks: &Blocks<'_>, level: LevelHint) {
        for (place, copy) in (1..).zip(blocks.copies()) {
            let seq = seq.wrapping_sub(place);
            if !self.window.misses(seq) {
                continue;
            }
            let duration = self.format.duration_48k(copy.payload);
            if let Some(duration) = duration.filter(|duration| duration * u32::from(place) == copy.back) {
                let packet = Packet { payload: copy.payload.into(), level };
                self.window.insert_copy(now, seq, ts.wrapping_sub(copy.back), duration, packet);
            }
        }
    }

    /// The next stretch that is due at `now`.
    pub fn poll(&mut self, now: Instant) -> Option<Heard<'_>> {
        self.out.clear();
        let mut made_up = false;
        while self.out.is_empty() {
            match self.window.poll(now) {
                Some(step) if matches!(step, Step::Restart) || self.allowance.lets(now) => made_up = self.carry_out(step),
                Some(_) => self.excess += 1,
                None => {
                    self.fill_stall(now)?;
                    made_up = true;
                }
            }
        }
        self.allowance.spend(now, self.out.len());
        let _stage = enter(Stage::Gate);
        match &mut self.echo {
            Some(echo) if made_up => echo.made_up(&mut self.out),
            Some(echo) => echo.heard(now, &mut self.out),
            None => {}
        }
        let edge = self.gate.as_mut().and_then(|gate| gate.push(&self.out, self.hint));
        let doubtful = self.gate.as_ref().is_some_and(SpeechGate::is_in_doubt);
        Some(Heard { pcm: &self.out, edge, doubtful })
    }

    /// When `poll` has something to do without a further packet.
    pub fn deadline(&self) -> Option<Instant> {
        let stall = self.stall.as_ref().and_then(Stall::deadline);
        self.window.deadline().into_iter().chain(stall).min()
    }

    /// Whether what it leaves is made up.
    fn carry_out(&mut self, step: Step<Packet>) -> bool {
        match step {
            Step::Decode { packet, duration, skipped } => {
                let made_up = skipped.min(self.stall.as_mut().map_or(0, Stall::end));
                self.miss(made_up);
                let skipped = skipped - made_up;
                if self.rests(packet.level, duration) {
                    self.keep(Some(packet.payload), duration, skipped);
                } else {
                    self.wake();
                    self.stretch(Some(&packet.payload), duration, skipped);
                }
            }
            Step::Recover { next, duration } => return self.lose(duration, Some(&next.payload)),
            Step::Conceal { duration } => return self.lose(duration, None),
            Step::Restart => {
                if let Some(stall) = &mut self.stall {
                    stall.end();
                }
            }
        }
        false
    }

    fn rests(&mut self, level: LevelHint, duration: u32) -> bool {
        let open = self.is_open();
        self.quiet.as_mut().is_some_and(|quiet| quiet.rests(level, duration, open))
    }

    /// Whether the caller speaks, as far as the gate can tell.
    fn is_open(&self) -> bool {
        self.gate.as_ref().is_some_and(SpeechGate::is_open)
    }

    fn is_resting(&self) -> bool {
        self.quiet.as_ref().is_some_and(QuietSpell::is_resting)
    }

    fn keep(&mut self, payload: Option<Arc<[u8]>>, duration: u32, skipped: u32) {
        if let Some(quiet) = &mut self.quiet {
            quiet.keep(Kept { payload, duration, skipped });
        }
    }

    /// What a rest has kept is heard before what has ended it.
    fn wake(&mut self) {
        let kept = self.quiet.as_mut().map(QuietSpell::take).unwrap_or_default();
        if kept.is_empty() {
            return;
        }
        for kept in kept {
            self.stretch(kept.payload.as_deref(), kept.duration, kept.skipped);
        }
        if let Some(gate) = &mut self.gate {
            gate.align(self.out.len());
        }
    }

    /// A packet or, without one, a loss, and the sender's pause before it.
    fn stretch(&mut self, payload: Option<&[u8]>, duration: u32, skipped: u32) {
        if self.stall.is_some() {
            self.silence(skipped);
        }
        match payload {
            Some(payload) => self.decode(payload),
            None => self.conceal(duration),
        }
    }

    /// A packet is lost. Whether what stands for it is made up: the `next` may have a coarse copy of it.
    fn lose(&mut self, duration: u32, next: Option<&[u8]>) -> bool {
        if self.is_resting() {
            self.keep(None, duration, 0);
        } else if self.stall.as_mut().map_or(duration == 0, |stall| stall.covers(duration)) {
            self.miss(duration);
        } else if let Some(next) = next.filter(|next| self.format.carries_fec(next)) {
            self.recover(next, duration);
        } else {
            self.miss(duration);
            self.conceal(duration);
            return true;
        }
        false
    }

    /// So much of the caller's audio will not come any more.
    fn miss(&mut self, duration: u32) {
        if let Some(echo) = &mut self.echo {
            echo.missed((duration / CLOCK_PER_SAMPLE) as usize);
        }
    }

    fn decode(&mut self, payload: &[u8]) {
        let _stage = enter(Stage::Decode);
        match self.decoder.decode(payload) {
            Ok(pcm) => self.out.extend_from_slice(pcm),
            Err(_) => self.undecodable += 1,
        }
    }

    /// The coarse copy in the next packet. Without one libopus would conceal by itself; but that is to be counted, and not to last
    /// longer.
    fn recover(&mut self, next: &[u8], duration: u32) {
        let _stage = enter(Stage::Decode);
        if let Ok(pcm) = self.decoder.recover(next, (duration / CLOCK_PER_SAMPLE) as usize) {
            self.recovered += 1;
            self.out.extend_from_slice(pcm);
        }
    }

    fn conceal(&mut self, duration: u32) {
        if duration == 0 {
            return;
        }
        let _stage = enter(Stage::Decode);
        self.concealed_48k += u64::from(duration);
        let audible = duration.min(CONCEALED_AT_MOST_48K);
        if let Ok(pcm) = self.decoder.conceal((audible / CLOCK_PER_SAMPLE) as usize) {
            self.out.extend_from_slice(pcm);
        }
    }

    fn silence(&mut self, duration: u32) {
        let samples = duration.min(SILENCE_AT_MOST_48K) / CLOCK_PER_SAMPLE;
        self.out.resize(self.out.len() + samples as usize, 0);
    }

    fn fill_stall(&mut self, now: Instant) -> Option<()> {
        let (rests, in_a_word) = (self.is_resting(), self.is_open());
        let Missing { concealed, silent } = self.stall.as_mut()?.fill(now, rests, in_a_word)?;
        self.hint = LevelHint::default();
        self.conceal(concealed);
        self.silence(silent);
        Some(())
    }
}
