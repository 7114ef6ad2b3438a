//! A leg whose packets travel over a connection that somebody else keeps: a WebSocket, a carrier's media stream. The same window,
//! decoder, gate and playout as over WebRTC; without addresses, keys and checks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::Epoch;
use crate::codec::Format;
use crate::fact::Fact;
use crate::level::LevelHint;
use crate::opus::OpusError;
use crate::order::{Estate, Order, Packet, Path, SessionCounts, Sink};
use crate::session::QUALITY_INTERVAL;
use crate::talk::Talk;
use crate::voice::Voice;
use crate::{limits, setup::Options};

#[derive(Debug, PartialEq)]
enum State {
    Open,
    /// Hang-up ordered; carried out when the queue is empty.
    HangingUp {
        reason: String,
        until: Instant,
    },
    Closed,
}

pub struct Stream {
    format: Format,
    talk: Talk,
    state: State,
    /// Where the next packet is that does not say so itself.
    seq: u16,
    ts: u32,
    told: VecDeque<Fact>,
    next_quality: Instant,
    refused: u64,
}

impl Stream {
    /// `phase` is under 20 ms.
    pub fn new(format: Format, options: &Options, epoch: Epoch, phase: Duration, now: Instant) -> Result<Self, OpusError> {
        Ok(Self {
            format,
            talk: Talk::new(options, Voice::new(format, epoch, phase, 0))?,
            state: State::Open,
            seq: 0,
            ts: 0,
            told: VecDeque::from([Fact::Connected]),
            next_quality: now + QUALITY_INTERVAL,
            refused: 0,
        })
    }

    fn packet(&mut self, now: Instant, packet: Packet) {
        let Some(duration) = self.format.duration_48k(&packet.payload) else {
            self.refused += 1;
            return;
        };
        let (seq, ts) = packet.place.unwrap_or((self.seq, self.ts));
        (self.seq, self.ts) = (seq.wrapping_add(1), ts.wrapping_add(duration));
        self.talk.hearing.receive(now, seq, ts, Arc::from(packet.payload), LevelHint::default());
    }

    fn hang_up(&mut self, now: Instant, reason: String) {
        if self.state == State::Open {
            self.state = State::HangingUp { reason, until: now + limits::HANG_UP_PATIENCE };
        }
    }

    fn finish(&mut self, reason: String) {
        if self.state != State::Closed {
            self.state = State::Closed;
            self.told.push_back(Fact::Closed(reason));
        }
    }

    fn speak(&mut self, now: Instant, sink: &mut dyn Sink) {
        loop {
            match self.talk.voice.poll(now) {
                Ok(Some(packet)) => {
                    self.talk.hearing.spoke(now, &packet.spoken.pcm, packet.spoken.rate_hz);
                    sink.packet(now, packet.payload);
                }
                Ok(None) => return,
                Err(_) => self.refused += 1,
            }
        }
    }

    fn progress(&mut self, now: Instant) {
        if let State::HangingUp { reason, until } = &self.state
            && (self.talk.is_spoken() || *until <= now)
        {
            let reason = reason.clone();
            self.finish(reason);
        }
    }
}

impl Path for Stream {
    fn order(&mut self, now: Instant, order: Order) {
        match self.talk.order(now, order) {
            Some(Order::Packet(packet)) => self.packet(now, packet),
            Some(Order::Close(reason)) => self.hang_up(now, reason),
            Some(Order::Gone(reason)) => self.finish(reason),
            _ => {} // what is for a transport of our own
        }
    }

    fn poll(&mut self, now: Instant, sink: &mut dyn Sink) {
        self.speak(now, sink);
        self.talk.hear(now, sink);
        self.talk.tell_marks(now, sink);
        if self.next_quality <= now {
            self.next_quality = now + QUALITY_INTERVAL;
            sink.fact(now, self.talk.quality(None, None));
        }
        self.progress(now);
        while let Some(fact) = self.told.pop_front() {
            sink.fact(now, fact);
        }
    }

    fn deadline(&self) -> Instant {
        let mut at = self.next_quality;
        if let State::HangingUp { until, .. } = &self.state {
            at = at.min(*until);
        }
        self.talk.deadline().map_or(at, |talk| at.min(talk))
    }

    fn is_closed(&self) -> bool {
        self.state == State::Closed && self.told.is_empty()
    }

    fn retire(self: Box<Self>, _now: Instant, _sink: &mut dyn Sink) -> Option<Estate> {
        None // whoever keeps its connection keeps the leg
    }

    fn succeed(&mut self, _now: Instant, _estate: Estate) {}

    fn counts(&self) -> SessionCounts {
        let talk = self.talk.counts();
        SessionCounts { refused_input: self.refused + talk.refused_input, ..talk }
    }
}
