//! A leg that sends back what comes: the transport alone, measured without codec, gate and playout.

use std::time::Instant;

use str0m::Rtc;
use str0m::media::Mid;
use str0m::rtp::{RtpPacket, RtpWrite};

/// The packets that came since the last sending; payload, numbers, time and level stay as they are.
#[derive(Debug, Default)]
pub struct Reflector {
    waiting: Vec<RtpPacket>,
}

impl Reflector {
    pub fn take(&mut self, packet: RtpPacket) {
        self.waiting.push(packet);
    }

    /// Hand them to str0m. Says whether there were any.
    pub fn send_back(&mut self, now: Instant, mid: Mid, rtc: &mut Rtc) -> bool {
        let some = !self.waiting.is_empty();
        let mut api = rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(mid, None) else { return false };
        for packet in self.waiting.drain(..) {
            let header = packet.header;
            let write = RtpWrite::new(header.payload_type, packet.seq_no, header.timestamp, now, packet.payload);
            stream.write_rtp(write.marker(header.marker).ext_vals(header.ext_vals));
        }
        some
    }
}
