//! The one clock facts are stamped with: milliseconds of CLOCK_MONOTONIC, what Python calls `time.monotonic()`.

use std::time::{Duration, Instant};

/// Translates an `Instant`, which hides its origin, to milliseconds of CLOCK_MONOTONIC.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    instant: Instant,
    since_boot: Duration,
}

impl Epoch {
    /// `instant` and `since_boot` are the same moment on both scales.
    pub fn new(instant: Instant, since_boot: Duration) -> Self {
        Self { instant, since_boot }
    }

    /// Milliseconds of CLOCK_MONOTONIC at `at`.
    pub fn millis(&self, at: Instant) -> i64 {
        let since = match at.checked_duration_since(self.instant) {
            Some(later) => self.since_boot + later,
            None => self.since_boot.saturating_sub(self.instant - at),
        };
        since.as_millis() as i64
    }

    /// Microseconds since the moment of `new`, for phases within a frame: cores that talk to each other share no beat.
    pub fn micros(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.instant).as_micros() as u64
    }
}
