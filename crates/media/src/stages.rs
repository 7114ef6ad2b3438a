//! Where a core thread's CPU time goes: to each stage of a packet's way, and to what lies between them.
//!
//! The wall clock, which costs no system call, splits each turn; the thread's own CPU clock, read twice a turn, says how much the
//! turn really took. So a thread that others interrupt is not charged for them. A thread without a `Stages` measures nothing: tests
//! on virtual time never look at a clock here.

use std::cell::Cell;
use std::time::Instant;

/// One of them is on at any time of a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// All that is not below.
    #[default]
    Turn,
    /// What Python wants: audio to queue above all.
    Orders,
    /// What legs do because it is time, besides speaking: ICE, reports, gaps that have waited long enough.
    Timers,
    /// From the socket through decryption into the reorder window.
    Receive,
    Decode,
    Gate,
    Encode,
    /// From RTP through encryption to the socket.
    Send,
    /// Handing over to Python, falling asleep and waking up. The CPU clock alone counts it: who is woken may run in this thread's
    /// place at once, and the wall clock would count that too.
    Between,
}

/// In the order of `Stage`.
pub const NAMES: [&str; COUNT] = ["turn", "orders", "timers", "receive", "decode", "gate", "encode", "send", "between"];
const COUNT: usize = 9;

/// CPU time by stage, in ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageCounts {
    pub ns: [u64; COUNT],
}

impl StageCounts {
    /// Another thread's.
    pub fn add(&mut self, other: &Self) {
        for (sum, ns) in self.ns.iter_mut().zip(other.ns) {
            *sum += ns;
        }
    }

    /// A turn's CPU time, split as its wall time was.
    fn split(&mut self, cpu_ns: u64, wall_ns: [u64; COUNT]) {
        let whole: u64 = wall_ns.iter().sum();
        for (sum, ns) in self.ns.iter_mut().zip(wall_ns) {
            *sum += (u128::from(cpu_ns) * u128::from(ns)).checked_div(u128::from(whole)).unwrap_or(0) as u64;
        }
    }
}

/// This turn so far, on this thread's wall clock. `since` is None between turns and where nobody measures.
struct Watch {
    now: Cell<fn() -> Instant>,
    since: Cell<Option<Instant>>,
    stage: Cell<Stage>,
    ns: [Cell<u64>; COUNT],
}

thread_local! {
    static WATCH: Watch = const {
        Watch {
            now: Cell::new(Instant::now),
            since: Cell::new(None),
            stage: Cell::new(Stage::Turn),
            ns: [const { Cell::new(0) }; COUNT],
        }
    };
}

impl Watch {
    fn pass(&self, since: Instant, now: Instant) {
        let ns = &self.ns[self.stage.get() as usize];
        ns.set(ns.get() + now.saturating_duration_since(since).as_nanos() as u64);
    }

    fn switch(&self, to: Stage) -> Stage {
        if let Some(since) = self.since.get()
            && self.stage.get() != to
        {
            let now = self.now.get()();
            self.pass(since, now);
            self.since.set(Some(now));
        }
        self.stage.replace(to)
    }
}

/// A stage that lasts as long as this lives; then the one before goes on.
#[must_use]
pub struct Entered(Stage);

/// Begin a stage.
pub fn enter(stage: Stage) -> Entered {
    Entered(WATCH.with(|watch| watch.switch(stage)))
}

impl Drop for Entered {
    fn drop(&mut self) {
        WATCH.with(|watch| watch.switch(self.0));
    }
}

/// The accounts of one thread, which must be the one that begins and ends its turns.
pub struct Stages {
    counts: StageCounts,
    now: fn() -> Instant,
    cpu_ns: fn() -> u64,
    read_ns: u64,
}

impl Stages {
    /// `cpu_ns` is what this thread has taken so far.
    pub fn new(cpu_ns: fn() -> u64) -> Self {
        Self::on(Instant::now, cpu_ns)
    }

    /// By these two clocks.
    fn on(now: fn() -> Instant, cpu_ns: fn() -> u64) -> Self {
        Self { counts: StageCounts::default(), now, cpu_ns, read_ns: 0 }
    }

    /// Up to the last end of a turn.
    pub fn counts(&self) -> StageCounts {
        self.counts
    }

    /// The thread has woken up.
    pub fn begin_turn(&mut self) {
        self.counts.ns[Stage::Between as usize] += self.read();
        WATCH.with(|watch| {
            watch.now.set(self.now);
            watch.since.set(Some((self.now)()));
        });
    }

    /// The work is done: what is left is between turns.
    pub fn end_turn(&mut self) {
        let wall_ns = WATCH.with(|watch| {
            if let Some(since) = watch.since.take() {
                watch.pass(since, (self.now)());
            }
            watch.ns.each_ref().map(Cell::take)
        });
        let cpu_ns = self.read();
        self.counts.split(cpu_ns, wall_ns);
    }

    /// CPU time since the last reading.
    fn read(&mut self) -> u64 {
        let now = (self.cpu_ns)();
        now - std::mem::replace(&mut self.read_ns, now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::os::thread_cpu_ns;

    thread_local! {
        static WALL: Cell<Instant> = Cell::new(Instant::now());
        static CPU_NS: Cell<u64> = const { Cell::new(0) };
    }

    /// Work as it goes beside others: of `ms` on the wall, the thread itself has run for half.
    fn work(ms: u64) {
        WALL.set(WALL.get() + Duration::from_millis(ms));
        CPU_NS.set(CPU_NS.get() + ms * 500_000);
    }

    #[test]
    fn a_stage_inside_another_is_not_counted_twice_and_nothing_is_left_out() {
        let mut stages = Stages::on(|| WALL.get(), || CPU_NS.get());
        work(6);
        stages.begin_turn();
        work(2);
        {
            let _receive = enter(Stage::Receive);
            work(4);
            let decode = enter(Stage::Decode);
            work(8);
            drop(decode);
            work(4);
        }
        stages.end_turn();
        work(10);
        stages.begin_turn();
        let mut expected = [0; COUNT];
        for (stage, ms) in [(Stage::Turn, 1), (Stage::Receive, 4), (Stage::Decode, 4), (Stage::Between, 3 + 5)] {
            expected[stage as usize] = ms * 1_000_000;
        }
        assert_eq!(expected, stages.counts().ns);
        stages.end_turn();
    }

    #[test]
    fn a_stage_that_panics_ends() {
        let mut stages = Stages::new(thread_cpu_ns);
        stages.begin_turn();
        let panicked = std::panic::catch_unwind(|| {
            let _encode = enter(Stage::Encode);
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(panicked.is_err());
        assert_eq!(Stage::Turn, WATCH.with(|watch| watch.stage.get()));
        stages.end_turn();
    }

    #[test]
    fn a_thread_that_nobody_measures_is_not_measured() {
        drop(enter(Stage::Decode));
        assert_eq!([0; COUNT], WATCH.with(|watch| watch.ns.each_ref().map(Cell::get)));
    }

    #[test]
    fn cpu_time_is_split_as_the_wall_clock_was_whoever_interrupted() {
        let mut counts = StageCounts::default();
        counts.split(600, [0, 2_000, 4_000, 0, 0, 0, 0, 0, 0]);
        assert_eq!([0, 200, 400, 0, 0, 0, 0, 0, 0], counts.ns);
        counts.split(50, [0; COUNT]);
        assert_eq!([0, 200, 400, 0, 0, 0, 0, 0, 0], counts.ns);
    }
}
