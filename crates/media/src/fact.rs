//! What a leg reports: facts, past tense.

/// The reply a chunk of speech belongs to. Ids grow within a call.
pub type ReplyId = u32;

/// A leg of this process.
pub type LegId = u64;

/// How one voice arrives at its listener: jitter now, packets since the leg began. None where only the far end could know.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arrival {
    pub jitter_ms: f32,
    /// Never came themselves, recovered or not.
    pub lost: u64,
    pub received: u64,
    /// Of the lost: heard from a copy (RED, in-band FEC).
    pub recovered: Option<u64>,
    /// Made up for the listener.
    pub concealed_ms: Option<u64>,
    /// How often the encoder was changed for another.
    pub mode_changes: Option<u64>,
}

/// One fact of one leg. Positions are milliseconds of the named reply that were really sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// ICE and DTLS are up: media can flow both ways.
    Connected,
    /// The gate heard what may be speech.
    Sensed,
    /// The gate has heard no speech for a while.
    Unsensed,
    /// The armed reflex stopped playout.
    Paused { reply: ReplyId, position_ms: u32 },
    /// What was not sent of the reply is gone.
    Flushed { reply: ReplyId, position_ms: u32 },
    /// Progress; `done` with the reply's last frame.
    Played { reply: ReplyId, position_ms: u32, done: bool },
    /// A chunk did not fit into the queue and was dropped.
    Overflowed { reply: ReplyId, seq: u32, dropped_ms: u32 },
    /// A text message came over the data channel.
    Data(String),
    /// The data channel is open.
    DataOpened,
    /// A key was pressed (RFC 4733).
    Digit(char),
    /// Every key that was ordered has been pressed, and the pauses behind them are over.
    DigitsSent,
    /// How both voices travel; the agent's is None until the far end has reported.
    Quality { rtt_ms: Option<f32>, caller: Arrival, agent: Option<Arrival> },
    /// The far end cannot hear us: its network is gone, or it has put us on hold. Playout waits, and what was sent in vain is taken back.
    Suspended { on_hold: bool },
    /// It hears us again; `anew` over a connection that has taken the lost one's place.
    Restored { anew: bool },
    /// The leg is gone; its last fact.
    Closed(String),
}

impl Fact {
    /// Whether Python should be woken at once instead of with the next 20 ms of audio.
    pub fn is_urgent(&self) -> bool {
        !matches!(self, Fact::Quality { .. } | Fact::Unsensed | Fact::Played { done: false, .. })
    }
}
