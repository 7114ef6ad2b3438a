//! Legs that change or replace their connection.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use str0m::IceCreds;

use super::{Leg, Shard};
use crate::fact::{Fact, LegId};
use crate::order::{Estate, Path, Reoffer};
use crate::sdp::BadSdp;

impl Shard {
    /// A new connection for a leg takes the place of the one it had. A leg that is gone has said so, and needs none.
    pub fn replace(&mut self, now: Instant, id: LegId, mut session: Box<dyn Path>) {
        let Some(leg) = self.legs.remove(&id) else { return };
        self.forget(id, &leg);
        let port = leg.port;
        if let Some(estate) = self.retire(now, id, leg) {
            session.succeed(now, estate);
            self.settle(now, id, port, session);
        } else {
            self.closed.push(id);
        }
    }

    /// Another offer of a leg's far end; `credentials` are for an ICE restart.
    pub fn reoffer(&mut self, now: Instant, id: LegId, offer: &str, credentials: IceCreds) -> Result<String, Reoffer> {
        let mut answer = Err(Reoffer::NoConnection);
        self.run(now, id, |session| answer = session.reoffer(now, offer, credentials));
        self.index(id);
        answer
    }

    /// Offer an ICE restart on a leg's connection.
    pub fn offer_restart(&mut self, now: Instant, id: LegId) -> Option<String> {
        let mut offer = None;
        self.run(now, id, |session| offer = session.offer_restart(now));
        offer
    }

    /// The far end's answer to our restart.
    pub fn accept_restart(&mut self, now: Instant, id: LegId, answer: &str) -> Result<(), BadSdp> {
        let mut accepted = Err(BadSdp("There is no such leg.".into()));
        self.run(now, id, |session| accepted = session.accept_restart(now, answer));
        self.index(id);
        accepted
    }

    /// What a connection leaves to the one that takes its place; None if its leg is over.
    fn retire(&mut self, now: Instant, id: LegId, leg: Leg) -> Option<Estate> {
        let mut tray = self.legs_and_tray().1(id, leg.port);
        let session = leg.session;
        let estate = catch_unwind(AssertUnwindSafe(|| session.retire(now, &mut tray)));
        let estate = estate.unwrap_or_else(|_| {
            self.past.panics += 1;
            None
        });
        if estate.is_none() {
            self.outbox.fact(id, self.epoch.millis(now), Fact::Closed("the connection was over".into()));
        }
        estate
    }
}
