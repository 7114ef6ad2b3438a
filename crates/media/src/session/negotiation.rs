//! Offer and answer: how a session comes to be.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};

use crate::data::CHANNEL;
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
        let offer = sdp::admit(offer)?;
        let candidates = offer.matches("a=candidate:").count();
        let offer = SdpOffer::from_sdp_string(&offer).map_err(|error| BadSdp(format!("The offer cannot be read: {error}")))?;
        let mut session = Self::new(ground, identity, options, local, now)?;
        session.candidates = candidates;
        let answer = session.rtc.sdp_api().accept_offer(offer);
        let answer = answer.map_err(|error| BadSdp(format!("The offer cannot be served: {error}")))?.to_sdp_string();
        session.agree(&answer)?;
        Ok((session, answer))
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

    fn agree(&mut self, description: &str) -> Result<(), BadSdp> {
        let audio = sdp::agreed_audio(description)?;
        self.mid = Some(Mid::from(audio.mid.as_str()));
        self.audio = Some(audio);
        Ok(())
    }
}

impl Dialling {
    /// The far end's answer makes a session of the offer.
    pub fn accept(self, answer: &str) -> Result<Session, BadSdp> {
        let Self { mut session, pending, .. } = self;
        let answer = sdp::admit(answer)?;
        session.candidates = answer.matches("a=candidate:").count();
        let parsed = SdpAnswer::from_sdp_string(&answer);
        let parsed = parsed.map_err(|error| BadSdp(format!("The answer cannot be read: {error}")))?;
        let accepted = session.rtc.sdp_api().accept_answer(pending, parsed);
        accepted.map_err(|error| BadSdp(format!("The answer cannot be used: {error}")))?;
        session.agree(&answer)?;
        Ok(session)
    }
}
