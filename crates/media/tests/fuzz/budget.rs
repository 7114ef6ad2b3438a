//! One target's time and luck: cases until the time is over, each from a seed that a failure names.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::world::Dice;

/// One run of a target.
pub struct Case {
    pub dice: Dice,
    inputs: u64,
    last: Vec<u8>,
}

impl Case {
    /// Remember what is about to be tried.
    pub fn tries(&mut self, input: &[u8]) {
        self.inputs += 1;
        self.last.clear();
        self.last.extend_from_slice(input);
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

/// Try `case` until the time is over.
pub fn fuzz(target: &str, case: impl Fn(&mut Case)) {
    let time = Duration::from_secs(setting("ANTIPHON_FUZZ_SECONDS").unwrap_or(1));
    let only = setting("ANTIPHON_FUZZ_SEED");
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() as u64;
    let mut seed = only.unwrap_or(since_epoch);
    let began = Instant::now();
    let (mut cases, mut inputs) = (0_u64, 0_u64);
    while cases == 0 || (only.is_none() && began.elapsed() < time) {
        let mut run = Case { dice: Dice::new(seed), inputs: 0, last: Vec::new() };
        run.dice.next();
        if let Err(cause) = catch_unwind(AssertUnwindSafe(|| case(&mut run))) {
            let input: String = run.last.iter().map(|byte| format!("{byte:02x}")).collect();
            say(&format!("fuzz {target}: case {seed} fails at its input {}: {input}", run.inputs));
            say(&format!("again: ANTIPHON_FUZZ_SEED={seed} cargo test --release -p media --test fuzz {target}"));
            resume_unwind(cause);
        }
        (cases, inputs) = (cases + 1, inputs + run.inputs);
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15); // the golden ratio: seeds far from each other
    }
    let seconds = began.elapsed().as_secs_f64();
    let rate = inputs as f64 / seconds;
    say(&format!("fuzz {target}: {inputs} inputs in {cases} cases and {seconds:.1} s, {rate:.0} a second, nothing found"));
}

/// Past the test harness, which would keep it: the figures are what a run is for.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
