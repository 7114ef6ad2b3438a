//! What outlives a connection: the leg's ears and its voice, whatever carries the packets.

use std::time::{Duration, Instant};

use crate::codec::Format;
use crate::counts::Traffic;
use crate::fact::{Arrival, Fact};
use crate::gate::Edge;
use crate::hearing::Hearing;
use crate::opus::OpusError;
use crate::order::{Order, SessionCounts, Sink};
use crate::report::FarEnd;
use crate::setup::Options;
use crate::voice::Voice;

/// By then the next packet of the caller's has come, if it is not late.
const NEXT_PACKET: Duration = Duration::from_millis(23);

/// Both directions of one leg.
pub struct Talk {
    pub hearing: Hearing,
    pub voice: Voice,
    format: Format,
}

impl Talk {
    /// `voice` is new; the ears are made as `options` has them.
    pub fn new(options: &Options, mut voice: Voice) -> Result<Self, OpusError> {
        if options.adaptive {
            voice.encoding.follow_link();
        }
        let mut hearing = Hearing::new(options.format, options.gated, options.continuous, options.resting)?;
        if options.gate_on_silence {
            hearing.spare_nothing();
        }
        if options.echoes {
            hearing.expect_echo();
        }
        Ok(Self { hearing, voice, format: options.format })
    }

    /// Go on over a connection of another kind: `options` are its. Between the modes of Opus nothing changes.
    pub fn change_connection(&mut self, options: &Options) -> Result<(), OpusError> {
        self.hearing.begin_another(options.format)?;
        let opus = |format: Format| matches!(format, Format::Opus(_));
        if options.format == self.format || (opus(options.format) && opus(self.format)) {
            return Ok(());
        }
        self.voice.change_format(self.format, options.format)?;
        if options.adaptive {
            self.voice.encoding.follow_link();
        }
        self.format = options.format;
        Ok(())
    }

    /// Carry out an order about ears or voice; any other is given back.
    pub fn order(&mut self, now: Instant, order: Order) -> Option<Order> {
        if let Some(come) = self.hearing.come_by() {
            self.voice.follow(come);
        }
        match order {
            Order::Play(chunk) => self.voice.play(now, chunk),
            Order::Pause => self.voice.playout.pause(),
            Order::Resume => self.voice.resume(now),
            Order::Flush(reply) => self.voice.flush(now, reply),
            Order::Arm { reply, armed } => self.voice.playout.arm(reply, armed),
            Order::Listen(on) => self.hearing.need(on),
            Order::Press(keys) => self.voice.press(now, &keys),
            other => return Some(other),
        }
        None
    }

    /// Hand on what was heard; the gate's reflex stops an armed reply.
    pub fn hear(&mut self, now: Instant, sink: &mut dyn Sink) {
        while let Some(heard) = self.hearing.poll(now) {
            let (edge, doubtful) = (heard.edge, heard.doubtful);
            sink.audio(now, heard.pcm);
            match edge {
                Some(Edge::Opened) => {
                    sink.fact(now, Fact::Sensed);
                    self.voice.reflex(now);
                }
                Some(Edge::Closed) => sink.fact(now, Fact::Unsensed),
                None if doubtful => self.voice.hesitate(now, now + NEXT_PACKET),
                None => self.voice.go_on(now),
            }
        }
    }

    /// Hand on what playout and keys have to say.
    pub fn tell_marks(&mut self, now: Instant, sink: &mut dyn Sink) {
        while let Some(fact) = self.voice.playout.mark() {
            sink.fact(now, fact);
        }
        if self.voice.keypad.take_done() {
            sink.fact(now, Fact::DigitsSent);
        }
    }

    /// Whether everything queued has left, or never will by itself.
    pub fn is_spoken(&self) -> bool {
        self.voice.is_spoken()
    }

    /// When ears or voice next have something to do.
    pub fn deadline(&self) -> Option<Instant> {
        [self.voice.deadline(), self.hearing.deadline()].into_iter().flatten().min()
    }

    /// How both voices travel: the caller's as it is heard here, the agent's by the far end's word.
    pub fn quality(&self, rtt_ms: Option<f32>, far_end: Option<FarEnd>) -> Fact {
        let SessionCounts { traffic, jitter_ms, .. } = self.counts();
        let saved = traffic.recovered_by_red - traffic.outrun_by_red;
        let caller = Arrival {
            jitter_ms,
            lost: traffic.lost + saved,
            received: traffic.received,
            recovered: Some(saved + traffic.recovered_by_fec),
            concealed_ms: Some(traffic.concealed_ms),
            mode_changes: None,
        };
        let agent = far_end.map(|far_end| Arrival {
            jitter_ms: far_end.jitter_ms,
            lost: far_end.lost,
            received: traffic.sent.saturating_sub(far_end.lost),
            mode_changes: Some(traffic.mode_changes),
            ..Arrival::default()
        });
        Fact::Quality { rtt_ms, caller, agent }
    }

    /// What ears and voice have counted.
    pub fn counts(&self) -> SessionCounts {
        let (heard, spoken) = (self.hearing.counts(), self.voice.counts());
        let (keys_pressed, keys_refused) = self.voice.keypad.counts();
        let traffic = Traffic {
            received: heard.received,
            lost: heard.lost,
            late: heard.late,
            duplicate: heard.duplicate,
            recovered_by_red: heard.copied,
            outrun_by_red: heard.outrun,
            recovered_by_fec: self.hearing.recovered(),
            concealed_ms: self.hearing.concealed_ms(),
            left_out_ms: self.hearing.left_out_ms(),
            sent: spoken.frames,
            sent_late: spoken.late,
            mode_changes: self.voice.encoding.mode_changes(),
            shared: self.voice.encoding.shared(),
        };
        SessionCounts {
            traffic,
            echo_ms: self.hearing.echo_ms(),
            jitter_ms: self.hearing.jitter_ms(),
            pacing_restarts: spoken.restarts,
            underruns: spoken.underruns,
            refused_input: self.hearing.undecodable() + self.hearing.excess(),
            queued_ms: self.voice.playout.queued_ms(),
            keys_pressed,
            keys_refused,
            ..SessionCounts::default()
        }
    }
}
