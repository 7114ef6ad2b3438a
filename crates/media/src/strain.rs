//! Whether a thread has as much to do as it can. One bad second is a hiccup; three in a row mean that one more call would cost those
//! that run their quality, so new ones had better go elsewhere.

use std::time::{Duration, Instant};

use crate::lateness::Lateness;

/// How long a thread watches before it judges.
const WINDOW: Duration = Duration::from_secs(1);
/// With a tenth of its packets more than 20 ms late a thread serves nobody well.
const LATE_PERMILLE: u64 = 100;
/// Fewer packets than one talking call has in a second say nothing.
const ENOUGH_PACKETS: u64 = 50;
/// Of a CPU. Beyond it what comes bunched waits: at 90 % load a queue of equal jobs is five jobs long on average.
const BUSY_PERMILLE: u128 = 900;
const BAD_WINDOWS: u32 = 3;

pub struct Strain {
    since: Instant,
    cpu_ns: u64,
    packets: (u64, u64),
    bad: u32,
}

impl Strain {
    pub fn new(now: Instant) -> Self {
        Self { since: now, cpu_ns: 0, packets: (0, 0), bad: 0 }
    }

    /// Once a second a verdict; None in between. `cpu_ns` is asked for the thread's CPU time only then.
    pub fn judge(&mut self, now: Instant, cpu_ns: impl FnOnce() -> u64, lateness: &Lateness) -> Option<bool> {
        let took = now.saturating_duration_since(self.since);
        if took < WINDOW {
            return None;
        }
        let (cpu_ns, packets) = (cpu_ns(), lateness.total_and_late());
        let busy = u128::from(cpu_ns.saturating_sub(self.cpu_ns)) * 1000 >= took.as_nanos() * BUSY_PERMILLE;
        let (sent, late) = (packets.0 - self.packets.0, packets.1 - self.packets.1);
        let behind = sent >= ENOUGH_PACKETS && late * 1000 >= sent * LATE_PERMILLE;
        self.bad = if busy || behind { self.bad + 1 } else { 0 };
        (self.since, self.cpu_ns, self.packets) = (now, cpu_ns, packets);
        Some(self.bad >= BAD_WINDOWS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thread {
        now: Instant,
        strain: Strain,
        cpu_ns: u64,
        lateness: Lateness,
    }

    impl Thread {
        fn new() -> Self {
            let now = Instant::now();
            Self { now, strain: Strain::new(now), cpu_ns: 0, lateness: Lateness::default() }
        }

        fn second(&mut self, busy_permille: u64, in_time: u32, late: u32) -> bool {
            self.now += WINDOW;
            self.cpu_ns += busy_permille * 1_000_000;
            for _ in 0..in_time {
                self.lateness.note(Duration::from_millis(3));
            }
            for _ in 0..late {
                self.lateness.note(Duration::from_millis(25));
            }
            let cpu_ns = self.cpu_ns;
            self.strain.judge(self.now, || cpu_ns, &self.lateness).expect("a verdict every second")
        }
    }

    #[test]
    fn three_seconds_in_a_row_with_a_tenth_of_the_packets_late_are_strain() {
        let mut thread = Thread::new();
        assert_eq!([false, false, true, true], [(); 4].map(|()| thread.second(300, 900, 100)));
        assert!(!thread.second(300, 950, 50), "one good second ends it");
    }

    #[test]
    fn a_hiccup_is_no_strain() {
        let mut thread = Thread::new();
        for second in 0..20 {
            let late = if second % 3 == 2 { 0 } else { 500 };
            assert!(!thread.second(300, 500, late), "second {second}");
        }
    }

    #[test]
    fn a_thread_that_has_no_time_left_is_strained_before_its_frames_are_late() {
        let mut thread = Thread::new();
        assert_eq!([false, false, true], [(); 3].map(|()| thread.second(950, 5_000, 0)));
        let mut thread = Thread::new();
        assert_eq!([false; 5], [(); 5].map(|()| thread.second(850, 5_000, 0)));
    }

    #[test]
    fn a_few_late_packets_of_a_call_that_says_little_are_none() {
        let mut thread = Thread::new();
        assert_eq!([false; 5], [(); 5].map(|()| thread.second(10, 10, 30)));
    }

    #[test]
    fn between_verdicts_nothing_is_asked() {
        let mut thread = Thread::new();
        let soon = thread.now + Duration::from_millis(999);
        assert_eq!(None, thread.strain.judge(soon, || panic!("asked for CPU time"), &thread.lateness));
    }
}
