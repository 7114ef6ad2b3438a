//! Offer and answer: how a session comes to be.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Instant;

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::TcpType;
use str0m::{Candidate, IceCreds};

use crate::data::CHANNEL;
use crate::keypad::Signal;
use crate::named::Named;
use crate::order::Reoffer;
use crate::sdp::{self, BadSdp};
use crate::session::Session;
use crate::setup::{Ground, Identity, Options};

/// An offer of ours that waits for its answer.
pub struct Dialling {
    session: Session,
    pending: SdpPendingOffer,
    pub since: Instant,
}

impl Session {
    /// Answer an offer. Expensive (about 2 ms): not for the media thread.
    pub fn answer(
        ground: &Ground,
        identity: Identity,
        options: &Options,
        local: &[SocketAddr],
        offer: &str,
        now: Instant,
    ) -> Result<(Self, String), BadSdp> {
        let mut named = Named::default();
        let offer = sdp::admit(offer, &mut named)?;
        let named_under = sdp::ufrag(&offer);
        let fingerprint = sdp::fingerprint(&offer);
        let keys = sdp::keys_clock(&offer);
        let offer = read_offer(&offer)?;
        let options = Options { keys, ..options.clone() };
        let mut session = Self::new(ground, identity, &options, local, now)?;
        for address in &ground.tcp {
            if let Ok(candidate) = Candidate::builder().tcp().host(*address).tcptype(TcpType::Passive).build() {
                session.rtc.add_local_candidate(candidate);
            }
        }
        (session.named, session.named_under, session.fingerprint) = (named, named_under, fingerprint);
        let answer = session.rtc.sdp_api().accept_offer(offer);
        let answer = answer.map_err(|error| unserved(&error))?.to_sdp_string();
        session.agree(&answer)?;
        session.on_hold = !sdp::hears_us(&answer);
        Ok((session, sdp::with_ears(&answer)))
    }

    /// Offer a call: audio both ways and the data channel.
    pub fn offer(
        ground: &Ground,
        identity: Identity,
        options: &Options,
        local: &[SocketAddr],
        now: Instant,
    ) -> Result<(Dialling, String), BadSdp> {
        let mut session = Self::new(ground, identity, options, local, now)?;
        let mut api = session.rtc.sdp_api();
        api.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        api.add_channel(CHANNEL.to_owned());
        let Some((offer, pending)) = api.apply() else { return Err(BadSdp("There is nothing to offer.".into())) };
        let sdp = offer.to_sdp_string();
        Ok((Dialling { session, pending, since: now }, sdp))
    }

    /// Answer another offer of the same peer. With new credentials in it it is an ICE restart (RFC 8445 9), which we answer with
    /// `credentials`: str0m would draw its own, and packets from a new address could not be told apart by shard.
    pub(super) fn answer_again(&mut self, now: Instant, offer: &str, credentials: IceCreds) -> Result<String, Reoffer> {
        let mut named = if sdp::ufrag(offer) == self.named_under { self.named.clone() } else { Named::default() };
        let offer = sdp::admit(offer, &mut named).map_err(Reoffer::Bad)?;
        if !self.rtc.is_alive() || self.audio.is_none() {
            return Err(Reoffer::NoConnection);
        }
        if sdp::fingerprint(&offer) != self.fingerprint {
            return Err(Reoffer::AnotherPeer);
        }
        let parsed = read_offer(&offer).map_err(Reoffer::Bad)?;
        let before = self.rtc.direct_api().local_ice_credentials();
        let answer = self.rtc.sdp_api().accept_offer(parsed);
        let answer = answer.map_err(|error| Reoffer::Bad(unserved(&error)))?.to_sdp_string();
        (self.named, self.named_under) = (named, sdp::ufrag(&offer));
        let drawn = self.rtc.direct_api().local_ice_credentials();
        if drawn != before {
            self.restart(credentials);
        }
        let ours = self.rtc.direct_api().local_ice_credentials();
        let answer = sdp::with_credentials(&answer, &ours.ufrag, &ours.pass);
        self.agree(&answer).map_err(Reoffer::Bad)?;
        self.on_hold = !sdp::hears_us(&answer);
        if self.on_hold {
            self.link.rest(now);
        }
        self.rtc_deadline = now;
        Ok(sdp::with_ears(&answer))
    }

    /// Put our own credentials in the place of those str0m has drawn.
    fn restart(&mut self, ours: IceCreds) {
        self.checked.clear();
        self.ufrag = ours.ufrag.clone();
        self.consent.rekey(ours.pass.clone());
        self.rtc.direct_api().set_local_ice_credentials(ours);
    }

    /// Offer an ICE restart on the running connection; `accept_renewal` takes the answer.
    pub(super) fn offer_renewal(&mut self, now: Instant) -> Option<String> {
        let mut api = self.rtc.sdp_api();
        api.ice_restart(true);
        let (offer, pending) = api.apply()?;
        self.renewal = Some(pending);
        self.rtc_deadline = now;
        Some(offer.to_sdp_string())
    }

    /// The far end's answer to our restart. The consent's password follows.
    pub(super) fn accept_renewal(&mut self, now: Instant, answer: &str) -> Result<(), BadSdp> {
        let Some(pending) = self.renewal.take() else {
            return Err(BadSdp("There is no offer that waits for an answer.".into()));
        };
        let parsed = SdpAnswer::from_sdp_string(&sdp::admit(answer, &mut Named::default())?).map_err(|error| unread(&error))?;
        self.rtc.sdp_api().accept_answer(pending, parsed).map_err(|error| unserved(&error))?;
        let ours = self.rtc.direct_api().local_ice_credentials();
        self.ufrag = ours.ufrag.clone();
        self.consent.rekey(ours.pass);
        self.rtc_deadline = now;
        Ok(())
    }

    fn agree(&mut self, description: &str) -> Result<(), BadSdp> {
        let audio = sdp::agreed_audio(description)?;
        self.mid = Some(Mid::from(audio.mid.as_str()));
        let changed = self.audio.as_ref().is_none_or(|before| before.telephone_event != audio.telephone_event);
        self.audio = Some(audio);
        if changed {
            self.signal_keys();
        }
        Ok(())
    }

    /// Tell keys as the far end understands them.
    pub(super) fn signal_keys(&mut self) {
        let events = self.audio.as_ref().and_then(|audio| audio.telephone_event);
        let signal = events.map_or(Signal::Tones, |events| Signal::Events { hz: events.hz });
        self.talk.voice.keypad.signal(signal);
    }
}

impl Dialling {
    /// The far end's answer makes a session of the offer.
    pub fn accept(self, answer: &str) -> Result<Session, BadSdp> {
        let Self { mut session, pending, .. } = self;
        let answer = sdp::admit(answer, &mut session.named)?;
        session.named_under = sdp::ufrag(&answer);
        session.fingerprint = sdp::fingerprint(&answer);
        let parsed = SdpAnswer::from_sdp_string(&answer).map_err(|error| unread(&error))?;
        session.rtc.sdp_api().accept_answer(pending, parsed).map_err(|error| unserved(&error))?;
        session.agree(&answer)?;
        Ok(session)
    }
}

fn read_offer(offer: &str) -> Result<SdpOffer, BadSdp> {
    SdpOffer::from_sdp_string(offer).map_err(|error| unread(&error))
}

fn unread(error: &impl Display) -> BadSdp {
    BadSdp(format!("The SDP cannot be read: {error}"))
}

fn unserved(error: &impl Display) -> BadSdp {
    BadSdp(format!("The SDP cannot be served: {error}"))
}
