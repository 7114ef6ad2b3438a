//! Where a session stands between its offer and its end.

use std::time::Instant;

#[derive(Debug, PartialEq)]
pub enum State {
    Connecting {
        until: Instant,
    },
    Connected,
    /// Hang-up ordered; carried out when the queues are empty.
    HangingUp {
        reason: String,
        until: Instant,
    },
    /// Closing messages are on their way.
    Closing {
        until: Instant,
    },
    Closed,
}
