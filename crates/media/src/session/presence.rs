//! Whether the far end is there: connecting, within hearing, out of reach for a while, gone.

use std::time::{Duration, Instant};

use super::Session;
use super::state::State;
use crate::fact::Fact;
use crate::limits;
use crate::link::Change;
use crate::order::Sink;

/// How long closing messages (RTCP BYE, close_notify) may take to leave.
const CLOSING: Duration = Duration::from_millis(500);
const LEFT: &str = "the far end hung up";

impl Session {
    pub(super) fn hang_up(&mut self, now: Instant, reason: String) {
        match self.state {
            State::Left { .. } => self.finish(now, &reason),
            State::Connecting { .. } | State::Connected => {
                self.state = State::HangingUp { reason, until: now + limits::HANG_UP_PATIENCE };
            }
            State::HangingUp { .. } | State::Closing { .. } | State::Closed => {}
        }
    }

    /// The far end has closed its connection.
    pub(super) fn leave(&mut self, now: Instant) {
        match self.state {
            State::Connected => {
                self.state = State::Left { until: now + limits::LEAVE_GRACE };
                if self.awaited {
                    self.await_return(now);
                }
            }
            _ => self.finish(now, LEFT),
        }
    }

    /// The far end says that it may come back.
    pub(super) fn await_return(&mut self, now: Instant) {
        self.awaited = true;
        if let State::Left { .. } = self.state {
            self.state = State::Left { until: now + limits::RESUME_PATIENCE };
            self.link.cut();
        }
    }

    /// While the far end cannot hear us, what we say waits. An open microphone goes on: its packets tell the far end of our network.
    pub(super) fn mind_link(&mut self, now: Instant, sink: &mut dyn Sink) {
        let was_connected = self.is_connected() || matches!(self.state, State::Left { .. });
        if !was_connected || self.open_microphone {
            return;
        }
        let change = self.link.poll(now);
        let on_hold = self.on_hold || self.asked_to_hold;
        let suspended = self.link.is_down() || on_hold;
        if suspended == self.suspended {
            return;
        }
        self.suspended = suspended;
        if !suspended {
            self.talk.voice.release(now);
            sink.fact(now, Fact::Restored { anew: std::mem::take(&mut self.successor) });
            return;
        }
        let since = match change {
            Some(Change::Down { since }) => since - self.rtt(),
            _ => now,
        };
        self.talk.voice.hold(since);
        sink.fact(now, Fact::Suspended { on_hold });
    }

    pub(super) fn rtt(&self) -> Duration {
        Duration::from_secs_f32(self.rtt_ms.unwrap_or(0.0) / 1000.0)
    }

    pub(super) fn progress(&mut self, now: Instant) {
        match &self.state {
            State::Connecting { until } if *until <= now => self.finish(now, "never connected"),
            State::Connected if self.consent.expires() <= now => self.finish(now, "vanished"),
            State::HangingUp { reason, until }
                if ((self.talk.is_spoken() && self.data.is_settled(&mut self.rtc)) || *until <= now) =>
            {
                let reason = reason.clone();
                self.finish(now, &reason);
            }
            State::Left { until } if *until <= now => self.finish(now, LEFT),
            State::Closing { until } if *until <= now || !self.rtc.is_alive() => self.state = State::Closed,
            _ => {}
        }
        if !self.rtc.is_alive() && !matches!(self.state, State::Left { .. } | State::Closing { .. } | State::Closed) {
            self.finish(now, "the transport failed");
        }
    }

    pub(super) fn finish(&mut self, now: Instant, reason: &str) {
        if matches!(self.state, State::Closing { .. } | State::Closed) {
            return;
        }
        self.state = State::Closing { until: now + CLOSING };
        // Last, after whatever this poll still has to tell.
        self.early.push_back(Fact::Closed(reason.to_owned()));
        if self.rtc.close().is_err() {
            self.rtc.disconnect();
        }
        self.rtc_deadline = now;
    }
}
