//! The caller's voice over the agent's: where more comes than the echo to expect, and for how long.

use crate::spectrum::Levels;

use super::db;

/// The caller is where so much more comes than the prediction.
const MARGIN: f32 = db(8.0);
/// And where that is so much of all that comes.
const SHARE: f32 = 0.4;
/// Hops of the caller's of the last ten that open it …
const CALLER_HOPS: u32 = 5;
/// … and hops without so many that close it again: longer than the gaps inside a word.
const PATIENCE: u32 = 20;

/// Whether the caller speaks over the agent.
#[derive(Default)]
pub struct CallerOver {
    hops: u32,
    open: bool,
    without: u32,
}

impl CallerOver {
    /// After one hop more; `here` if it is the caller's by itself, `withheld` while that is in doubt.
    pub fn speaks(&mut self, here: bool, withheld: bool) -> bool {
        self.hops = (self.hops << 1 | u32::from(here)) & 0x3ff;
        if self.hops.count_ones() >= CALLER_HOPS && (self.open || here && !withheld) {
            (self.open, self.without) = (true, 0);
        } else {
            self.without += 1;
            self.open &= self.without < PATIENCE;
        }
        self.open || here && !withheld
    }
}

/// Whether clearly more comes than the echo to expect.
pub fn is_more(heard: &Levels, expected: &Levels) -> bool {
    let (mut all, mut more) = (0.0, 0.0);
    for (heard, expected) in heard.iter().zip(expected) {
        let power = heard.exp2();
        all += power;
        more += if *heard > expected + MARGIN { power } else { 0.0 };
    }
    more > SHARE * all
}
