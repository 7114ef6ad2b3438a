//! A leg whose packets travel over a connection that somebody else keeps: a WebSocket, a carrier's media stream. The same window,
//! decoder, gate and playout as over WebRTC; without addresses, keys and checks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::Epoch;
use crate::fact::Fact;
use crate::keypad::Signal;
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
    options: Options,
    talk: Talk,
    state: State,
    /// Where the next packet is that does not say so itself.
    seq: u16,
    ts: u32,
    /// When the far end last sent audio, if it has.
    last_sign: Option<Instant>,
    /// The connection brings nothing; until when the far end may come back.
    interrupted: Option<Instant>,
    on_hold: bool,
    suspended: bool,
    /// It takes another connection's place.
    successor: bool,
    told: VecDeque<Fact>,
    next_quality: Instant,
    refused: u64,
}

impl Stream {
    /// `phase` is under 20 ms.
    pub fn new(options: &Options, epoch: Epoch, phase: Duration, now: Instant) -> Result<Self, OpusError> {
        Ok(Self {
            options: options.clone(),
            talk: Talk::new(options, Voice::new(options.format, epoch, phase, 0))?,
            state: State::Open,
            seq: 0,
            ts: 0,
            last_sign: None,
            interrupted: None,
            on_hold: false,
            suspended: false,
            successor: false,
            told: VecDeque::from([Fact::Connected]),
            next_quality: now + QUALITY_INTERVAL,
            refused: 0,
        })
    }

    /// Who has put us on hold is not listened to, whatever still comes.
    fn packet(&mut self, now: Instant, packet: Packet) {
        let Some(duration) = self.options.format.duration_48k(&packet.payload) else {
            self.refused += 1;
            return;
        };
        self.last_sign = Some(now);
        let (seq, ts) = packet.place.unwrap_or((self.seq, self.ts));
        (self.seq, self.ts) = (seq.wrapping_add(1), ts.wrapping_add(duration));
        if !self.on_hold {
            self.talk.hearing.receive(now, seq, ts, Arc::from(packet.payload), LevelHint::default());
        }
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

    /// While the far end cannot hear us, what we say waits. What left is not taken back: a connection that is only slow brings it yet.
    fn mind_link(&mut self, now: Instant) {
        let suspended = self.interrupted.is_some() || self.on_hold;
        if suspended == self.suspended {
            return;
        }
        self.suspended = suspended;
        if suspended {
            self.talk.voice.wait();
            self.told.push_back(Fact::Suspended { on_hold: self.on_hold });
        } else {
            self.talk.voice.release(now);
            self.told.push_back(Fact::Restored { anew: std::mem::take(&mut self.successor) });
        }
    }

    fn progress(&mut self, now: Instant) {
        if self.interrupted.is_some_and(|until| until <= now) {
            self.finish("vanished".into());
        }
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
            Some(Order::Hold(on)) => self.on_hold = on,
            Some(Order::Interrupt(false)) => self.interrupted = None,
            Some(Order::Interrupt(true)) => {
                self.interrupted.get_or_insert(now + limits::RESUME_PATIENCE);
            }
            _ => {} // what is for a transport of our own
        }
    }

    fn hear(&mut self, now: Instant, sink: &mut dyn Sink) {
        if self.state != State::Closed {
            self.mind_link(now);
        }
        self.talk.hear(now, sink);
    }

    fn act(&mut self, now: Instant, sink: &mut dyn Sink) {
        self.speak(now, sink);
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
        [self.talk.deadline(), self.interrupted].into_iter().flatten().fold(at, Instant::min)
    }

    fn is_closed(&self) -> bool {
        self.state == State::Closed && self.told.is_empty()
    }

    /// What left after the far end's last sign is taken back now: this connection brings it no more.
    fn retire(mut self: Box<Self>, now: Instant, sink: &mut dyn Sink) -> Option<Estate> {
        let hanging_up = match self.state {
            State::Closed => return None,
            State::HangingUp { reason, until } => Some((reason, until)),
            State::Open => None,
        };
        self.talk.voice.hold(self.last_sign.unwrap_or(now));
        if !self.suspended {
            sink.fact(now, Fact::Suspended { on_hold: false });
        }
        Some(Estate { talk: self.talk, hanging_up })
    }

    /// The connection is there already: playout goes on at once.
    fn succeed(&mut self, now: Instant, estate: Estate) {
        self.talk = estate.talk;
        self.refused += u64::from(self.talk.change_connection(&self.options).is_err());
        self.talk.voice.keypad.signal(Signal::Tones);
        self.told.clear();
        (self.successor, self.suspended) = (true, true);
        if let Some((reason, until)) = estate.hanging_up {
            self.state = State::HangingUp { reason, until };
        }
        self.mind_link(now);
    }

    fn counts(&self) -> SessionCounts {
        let talk = self.talk.counts();
        SessionCounts { refused_input: self.refused + talk.refused_input, ..talk }
    }
}
