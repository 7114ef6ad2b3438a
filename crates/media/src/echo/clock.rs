//! The clock of the caller's samples, told by when their packets come.

use super::{HOP, RATE_HZ};

/// How late the least late of so many packets may be until the clock is put on.
pub const SLACK: i64 = RATE_HZ as i64 / 40;
const CLOCK_PACKETS: u32 = 100;
/// In less time than this so many packets tell nothing: they were held up on their way and come at once.
const TELLING: i64 = RATE_HZ as i64 / 5;
/// So far behind, and no less with the next packet, the far end has sent nothing for a while and goes on as if it had.
const LOST: i64 = RATE_HZ as i64;

/// Where the caller's samples lie on the agent's clock. Packets come late and in bursts, never early: the least late tell the time. One
/// that comes before the clock has it puts the clock back at once: what is compared with a voice that has not left yet, is compared
/// with silence.
#[derive(Default)]
pub struct Clock {
    /// Of the next sample.
    pub at: i64,
    started: bool,
    /// The last packet.
    late: i64,
    /// Of the packets since `since`.
    least_late: i64,
    packets: u32,
    since: i64,
}

impl Clock {
    /// A packet has come at `now` that would begin at `due` if it were not late. How far the clock is to be put on.
    pub fn heard(&mut self, now: i64, due: i64) -> i64 {
        let late = due - self.at;
        let before = std::mem::replace(&mut self.late, late);
        let lost = before > LOST && late > before - HOP as i64;
        if !self.started || late < 0 || lost {
            self.started = true;
            self.packets = 0;
            return late;
        }
        if self.packets == 0 {
            (self.least_late, self.since) = (late, now);
        }
        self.least_late = self.least_late.min(late);
        self.packets += 1;
        if self.packets < CLOCK_PACKETS || now - self.since < TELLING {
            return 0;
        }
        self.packets = 0;
        if self.least_late > SLACK { self.least_late } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_never_ahead_of_the_packet_that_comes() {
        let packet = RATE_HZ as i64 / 50;
        for first in [0, 57, 400] {
            let mut clock = Clock::default();
            // two packets that were held up for different times, and then those that were not
            for now in [first, first].into_iter().chain((1..20).map(|number| first + number * packet - 32)) {
                let due = now - packet;
                clock.at += clock.heard(now, due);
                assert!(clock.at <= due, "{} is heard at {now}", clock.at);
                clock.at += packet;
            }
        }
    }
}
