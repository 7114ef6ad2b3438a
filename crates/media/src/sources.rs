//! Which RTP source is the caller. str0m follows a header to a new source before it has authenticated the packet, and forgets the one
//! before: without care a single forged packet would silence a call. So a source counts from its first authentic packet on, and
//! what str0m did for any other is undone at once.

use str0m::Rtc;
use str0m::media::Mid;
use str0m::rtp::Ssrc;

use crate::limits;

/// The sources of one leg's voice.
#[derive(Debug, Default)]
pub struct Sources {
    /// All that have sent an authentic packet.
    proven: Vec<Ssrc>,
    current: Option<Ssrc>,
    doubtful: Option<Ssrc>,
}

impl Sources {
    /// A datagram on its way to str0m. False if it must not get there: the caller has had as many sources as it may.
    pub fn admit(&mut self, datagram: &[u8]) -> bool {
        let Some(source) = source_of(datagram).filter(|source| Some(*source) != self.current) else { return true };
        if !self.proven.contains(&source) && self.proven.len() >= limits::VOICE_SOURCES {
            return false;
        }
        self.doubtful = Some(source);
        true
    }

    /// A packet of this source was authentic.
    pub fn prove(&mut self, source: Ssrc) {
        if self.current.replace(source) != Some(source) && !self.proven.contains(&source) {
            self.proven.push(source);
        }
    }

    /// After str0m has told everything. True if there was something to undo.
    pub fn settle(&mut self, rtc: &mut Rtc, mid: Option<Mid>) -> bool {
        let Some(forged) = self.doubtful.take().filter(|source| Some(*source) != self.current) else { return false };
        let mut api = rtc.direct_api();
        api.remove_stream_rx(forged);
        if let Some((source, mid)) = self.current.zip(mid) {
            api.expect_stream_rx(source, None, mid, None).suppress_nack(true); // no retransmission without RTX
        }
        true
    }
}

/// The source of an RTP packet, if it is one and not RTCP (RFC 7983 7, RFC 5761 4).
fn source_of(datagram: &[u8]) -> Option<Ssrc> {
    let is_rtp = (128..192).contains(datagram.first()?) && !(64..96).contains(&(datagram.get(1)? & 0x7f));
    let source = datagram.get(8..12).filter(|_| is_rtp)?;
    Some(u32::from_be_bytes(source.try_into().ok()?).into())
}
