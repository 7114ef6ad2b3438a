//! What every leg does with its ears and its voice, whatever carries the packets.

use std::time::Instant;

use crate::fact::Fact;
use crate::gate::Edge;
use crate::hearing::Hearing;
use crate::order::{Order, SessionCounts, Sink};
use crate::voice::Voice;

/// Carry out an order about ears or voice; any other is given back.
pub fn order(now: Instant, order: Order, hearing: &mut Hearing, voice: &mut Voice) -> Option<Order> {
    match order {
        Order::Play(chunk) => voice.play(now, chunk),
        Order::Pause => voice.playout.pause(),
        Order::Resume => voice.resume(now),
        Order::Flush(reply) => voice.flush(now, reply),
        Order::Arm { reply, armed } => voice.playout.arm(reply, armed),
        Order::Listen(on) => hearing.need(on),
        other => return Some(other),
    }
    None
}

/// Hand on what was heard; the gate's reflex stops an armed reply.
pub fn hear(now: Instant, hearing: &mut Hearing, voice: &mut Voice, sink: &mut dyn Sink) {
    while let Some(heard) = hearing.poll(now) {
        let edge = heard.edge;
        sink.audio(now, heard.pcm);
        match edge {
            Some(Edge::Opened) => {
                sink.fact(now, Fact::Sensed);
                voice.playout.reflex();
            }
            Some(Edge::Closed) => sink.fact(now, Fact::Unsensed),
            None => {}
        }
    }
}

/// Hand on what playout has to say.
pub fn tell_marks(now: Instant, voice: &mut Voice, sink: &mut dyn Sink) {
    while let Some(fact) = voice.playout.mark() {
        sink.fact(now, fact);
    }
}

/// The network as the caller's packets show it.
pub fn quality(hearing: &Hearing, rtt_ms: Option<f32>) -> Fact {
    let heard = hearing.counts();
    Fact::Quality { rtt_ms, jitter_ms: hearing.jitter_ms(), lost: heard.lost, received: heard.received }
}

/// What ears and voice have counted.
pub fn counts(hearing: &Hearing, voice: &Voice) -> SessionCounts {
    let (heard, spoken) = (hearing.counts(), voice.counts());
    SessionCounts {
        received: heard.received,
        lost: heard.lost,
        late: heard.late,
        duplicate: heard.duplicate,
        concealed_ms: hearing.concealed_ms(),
        left_out_ms: hearing.left_out_ms(),
        jitter_ms: hearing.jitter_ms(),
        sent: spoken.frames,
        sent_late: spoken.late,
        pacing_restarts: spoken.restarts,
        underruns: spoken.underruns,
        queued_ms: voice.playout.queued_ms(),
        ..SessionCounts::default()
    }
}
