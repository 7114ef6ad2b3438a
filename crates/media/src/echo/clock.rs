//! The clock of the caller's samples, told by when their packets come.

use super::RATE_HZ;

/// How far the caller's samples may lag behind the clock, and for how many packets, until the clock is set anew.
pub const SLACK: i64 = RATE_HZ as i64 / 40;
const CLOCK_PACKETS: u32 = 100;
/// So far off they are set at once.
const LOST: i64 = RATE_HZ as i64;

/// Where the caller's samples lie on the agent's clock. Packets come late and in bursts, never early: the least late tell the time.
#[derive(Default)]
pub struct Clock {
    /// Of the next sample.
    pub at: i64,
    started: bool,
    least_late: i64,
    packets: u32,
}

impl Clock {
    /// A packet has come that would begin at `due` if it were not late.
    pub fn heard(&mut self, due: i64) {
        let late = due - self.at;
        self.least_late = if self.packets == 0 { late } else { self.least_late.min(late) };
        self.packets += 1;
        let settled = self.packets == CLOCK_PACKETS;
        if !self.started || late.abs() > LOST || (settled && self.least_late.abs() > SLACK) {
            self.at += if self.started && settled { self.least_late } else { late };
            self.started = true;
            self.packets = 0;
        } else if settled {
            self.packets = 0;
        }
    }
}
