//! Where a session stands between its offer and its end.

use std::time::Instant;

#[derive(Debug, PartialEq)]
pub enum State {
    Connecting {
        until: Instant,
    },
    Connected,
    /// The far end has closed its connection. It may come back on another one, if it has said so.
    Left {
        until: Instant,
    },
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
