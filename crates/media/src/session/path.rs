//! The session as its shard sees it.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::net::Receive;
use str0m::{IceCreds, Input};

use super::Session;
use super::state::State;
use crate::fact::Fact;
use crate::limits;
use crate::link::Link;
use crate::order::{Estate, Order, Path, Reoffer, SessionCounts, Sink};
use crate::peer::Peer;
use crate::sdp::BadSdp;
use crate::stages::{Stage, enter};

impl Path for Session {
    fn order(&mut self, now: Instant, order: Order) {
        match self.talk.order(now, order) {
            Some(Order::SendData(text)) => self.data.queue(text),
            Some(Order::AddCandidate(line)) => self.add_candidate(now, &line),
            Some(Order::Hold(on)) => self.asked_to_hold = on,
            Some(Order::Await) => self.await_return(now),
            Some(Order::Close(reason)) => self.hang_up(now, reason),
            _ => {} // what is for a leg on somebody else's connection
        }
    }

    fn hear(&mut self, now: Instant, sink: &mut dyn Sink) {
        if self.is_closed() {
            return;
        }
        if self.rtc_deadline <= now {
            self.drain_rtc(now, sink);
        }
        self.talk.hear(now, sink);
    }

    fn act(&mut self, now: Instant, sink: &mut dyn Sink) {
        if self.is_closed() {
            return;
        }
        let speaks = self.talk.voice.deadline().is_some_and(|due| due <= now);
        let stage = speaks.then(|| enter(Stage::Send));
        let spoke = self.speak(now, sink);
        if spoke || self.rtc_deadline <= now {
            self.refused_input += u64::from(self.rtc.handle_input(Input::Timeout(now)).is_err());
            self.drain_rtc(now, sink);
        }
        drop(stage);
        self.reflect(now, sink);
        self.refused_input += u64::from(self.sources.settle(&mut self.rtc, self.mid));
        self.talk.tell_marks(now, sink);
        // Into the dark nothing is sent: SCTP would send it again after 1, 3, 7, 15 s, and hold back what comes later until then. The far
        // end of an open microphone is an agent, whose silence is no dark.
        if (self.open_microphone || self.link.carries(now)) && self.data.send(&mut self.rtc) {
            self.refused_input += u64::from(self.rtc.handle_input(Input::Timeout(now)).is_err());
            self.drain_rtc(now, sink);
        }
        self.tell_quality(now, sink);
        self.mind_link(now, sink);
        self.progress(now);
        while let Some(fact) = self.early.pop_front() {
            sink.fact(now, fact);
        }
    }

    fn deadline(&self) -> Instant {
        let at = self.rtc_deadline;
        let state = match &self.state {
            State::Connecting { until } | State::Left { until } | State::Closing { until } => *until,
            State::Connected => self.consent.expires(),
            State::HangingUp { until, .. } => *until,
            State::Closed => return at,
        };
        let link = if self.is_connected() && !self.open_microphone { self.link.deadline() } else { None };
        [self.talk.deadline(), link].into_iter().flatten().fold(at.min(state).min(self.next_quality), Instant::min)
    }

    fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    fn counts(&self) -> SessionCounts {
        let talk = self.talk.counts();
        let refused_input = self.refused_input + talk.refused_input;
        let far_end = self.far_end();
        SessionCounts { messages_dropped: self.data.dropped(), refused_input, far_end, ..talk }
    }

    fn adopt(&mut self, now: Instant) {
        self.state = State::Connecting { until: now + limits::SETUP_TIMEOUT };
        self.rtc_deadline = now;
    }

    fn ufrag(&self) -> Option<&str> {
        Some(&self.ufrag)
    }

    fn reoffer(&mut self, now: Instant, offer: &str, credentials: IceCreds) -> Result<String, Reoffer> {
        self.answer_again(now, offer, credentials)
    }

    fn offer_restart(&mut self, now: Instant) -> Option<String> {
        self.offer_renewal(now)
    }

    fn accept_restart(&mut self, now: Instant, answer: &str) -> Result<(), BadSdp> {
        self.accept_renewal(now, answer)
    }

    fn retire(mut self: Box<Self>, now: Instant, sink: &mut dyn Sink) -> Option<Estate> {
        let hanging_up = match &self.state {
            State::Closing { .. } | State::Closed => return None,
            State::HangingUp { reason, until } => Some((reason.clone(), *until)),
            State::Connecting { .. } | State::Connected | State::Left { .. } => None,
        };
        if !self.suspended {
            self.talk.voice.hold(self.link.last_sign() - self.rtt());
            sink.fact(now, Fact::Suspended { on_hold: false });
        }
        self.finish(now, "another connection takes its place");
        self.early.clear();
        self.drain_rtc(now, sink);
        Some(Estate { talk: self.talk, hanging_up })
    }

    fn succeed(&mut self, now: Instant, estate: Estate) {
        self.talk = estate.talk;
        self.refused_input += u64::from(self.talk.change_connection(&self.options).is_err());
        self.signal_keys();
        self.successor = true;
        self.suspended = true;
        self.link = Link::lost(now);
        self.state = State::Connecting { until: now + limits::RESUME_PATIENCE };
        if let Some((reason, until)) = estate.hanging_up {
            self.state = State::HangingUp { reason, until };
        }
    }

    fn datagram(&mut self, now: Instant, source: Peer, destination: SocketAddr, bytes: &[u8], sink: &mut dyn Sink) -> bool {
        let stun = bytes.first().is_some_and(|first| *first < 4);
        if !stun && matches!(self.state, State::Connecting { .. }) {
            self.before_consent += 1;
            if self.before_consent > limits::PACKETS_BEFORE_CONSENT {
                self.refused_input += 1;
                return false;
            }
        }
        let receive = Receive::new(source.protocol, source.address, destination, bytes).ok();
        let Some(receive) = receive.filter(|_| self.sources.admit(bytes)) else {
            self.refused_input += 1;
            return false;
        };
        let input = Input::Receive(now, receive);
        if stun && !(self.rtc.accepts(&input) && self.takes_checks_from(source)) {
            self.refused_input += 1;
            return false;
        }
        let check = if stun { self.consent.stun(now, bytes) } else { None };
        if check.is_some() {
            self.link.check(now);
        }
        self.whereabouts.incoming(now, source, bytes, check == Some(true));
        // An error here is one bad datagram, not the end of the call (reference: media core 12.6).
        self.refused_input += u64::from(self.rtc.handle_input(input).is_err());
        self.drain_rtc(now, sink);
        stun
    }
}
