//! Interarrival jitter (RFC 3550 A.8).

use std::time::Instant;

use crate::opus::RTP_HZ;

#[derive(Debug, Default)]
pub struct Jitter {
    last: Option<(Instant, u32)>,
    clock: f32,
}

impl Jitter {
    /// A packet with this timestamp has come.
    pub fn packet(&mut self, now: Instant, ts: u32) {
        if let Some((then, last_ts)) = self.last {
            let arrived = now.saturating_duration_since(then).as_secs_f32() * RTP_HZ as f32;
            let sent = ts.wrapping_sub(last_ts) as i32 as f32;
            let difference = (arrived - sent).abs();
            if difference < RTP_HZ as f32 {
                self.clock += (difference - self.clock) / 16.0;
            }
        }
        self.last = Some((now, ts));
    }

    pub fn millis(&self) -> f32 {
        self.clock * 1000.0 / RTP_HZ as f32
    }
}
