//! What goes into a leg and comes out of it: orders, a sink, counts. And what the shard needs of a leg, whatever carries its packets.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::IceCreds;
use str0m::net::Transmit;

use crate::counts::Traffic;
use crate::fact::{Fact, ReplyId};
use crate::peer::Peer;
use crate::playout::Chunk;
use crate::report::FarEnd;
use crate::sdp::BadSdp;
use crate::talk::Talk;

/// An order to a leg, in the words of `ports/leg`.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    Play(Chunk),
    Pause,
    Resume,
    Flush(ReplyId),
    Arm {
        reply: ReplyId,
        armed: bool,
    },
    /// Whether all of the caller's audio is needed from now on, silence too.
    Listen(bool),
    /// Press keys towards the far end; the voice waits meanwhile.
    Press(String),
    SendData(String),
    AddCandidate(String),
    /// A packet of a leg whose connection somebody else keeps.
    Packet(Packet),
    /// The far end does not want to hear or be heard (true), or does again, by its own word.
    Hold(bool),
    /// The connection that somebody else keeps brings nothing any more (true), or does again: the far end may come back on it, or on
    /// another.
    Interrupt(bool),
    /// The far end leaves and may come back on another connection: its closing this one does not end the leg.
    Await,
    /// Hang up once what was queued is sent.
    Close(String),
    /// The connection that somebody else keeps is gone.
    Gone(String),
}

/// The caller's audio in the leg's format. `place`: its sequence number, and its time on the 48 kHz clock; without it the packet
/// follows the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub payload: Vec<u8>,
    pub place: Option<(u16, u32)>,
}

/// Where a session puts what it produces.
pub trait Sink {
    fn transmit(&mut self, transmit: Transmit);
    /// 16 kHz mono PCM, in order.
    fn audio(&mut self, now: Instant, pcm: &[i16]);
    fn fact(&mut self, now: Instant, fact: Fact);
    /// A packet for a connection that somebody else keeps.
    fn packet(&mut self, now: Instant, payload: &[u8]);
    /// The packet of the agent's that was due at `due` has been transmitted.
    fn spoken(&mut self, due: Instant);
}

/// What a connection leaves to the one that takes its place.
pub struct Estate {
    pub talk: Talk,
    /// A hang-up that waits for its last words: why, and until when.
    pub hanging_up: Option<(String, Instant)>,
}

/// Why another offer for a leg was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reoffer {
    /// It cannot be read or served.
    Bad(BadSdp),
    /// It comes from another peer than the one we are connected to: only a new connection can take it.
    AnotherPeer,
    /// There is no such leg, or its connection takes no offers.
    NoConnection,
}

/// One leg on its shard. A session has a transport of its own and finds its datagrams by address and user fragment; for any other
/// the defaults are right.
pub trait Path: Send {
    /// Carry out an order.
    fn order(&mut self, now: Instant, order: Order);

    /// Hear what has come by `now`.
    fn hear(&mut self, now: Instant, sink: &mut dyn Sink);

    /// Do everything else that is due at `now`. What has come goes first: a caller who begins to speak stops the frame that is due.
    fn act(&mut self, now: Instant, sink: &mut dyn Sink);

    /// When there is next something to do.
    fn deadline(&self) -> Instant;

    /// Whether the last fact was told.
    fn is_closed(&self) -> bool;

    fn counts(&self) -> SessionCounts;

    /// It has just reached its shard.
    fn adopt(&mut self, _now: Instant) {}

    /// Our user fragment, by which checks from unknown addresses find this leg.
    fn ufrag(&self) -> Option<&str> {
        None
    }

    /// Answer another offer of the same far end: an ICE restart, a hold, a change of direction. `credentials` are for a restart.
    fn reoffer(&mut self, _now: Instant, _offer: &str, _credentials: IceCreds) -> Result<String, Reoffer> {
        Err(Reoffer::NoConnection)
    }

    /// Offer an ICE restart; None where there is no ICE.
    fn offer_restart(&mut self, _now: Instant) -> Option<String> {
        None
    }

    /// The far end's answer to our restart.
    fn accept_restart(&mut self, _now: Instant, _answer: &str) -> Result<(), BadSdp> {
        Err(BadSdp("This leg has offered nothing.".into()))
    }

    /// Make room for another connection: say goodbye to the far end, and leave everything but the connection. None if it is over.
    fn retire(self: Box<Self>, now: Instant, sink: &mut dyn Sink) -> Option<Estate>;

    /// Take another connection's place.
    fn succeed(&mut self, now: Instant, estate: Estate);

    /// One datagram, to be heard later. True if it was a connectivity check this leg accepts, so that its source belongs to it.
    fn datagram(
        &mut self,
        _now: Instant,
        _source: Peer,
        _destination: SocketAddr,
        _bytes: &[u8],
        _sink: &mut dyn Sink,
    ) -> bool {
        false
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SessionCounts {
    pub traffic: Traffic,
    /// Milliseconds muted because they held nothing but the agent's own voice.
    pub echo_ms: u64,
    pub jitter_ms: f32,
    pub pacing_restarts: u64,
    pub underruns: u64,
    pub messages_dropped: u64,
    pub refused_input: u64,
    pub queued_ms: u32,
    /// Keys pressed towards the far end, and symbols of such an order that were beyond the limit.
    pub keys_pressed: u64,
    pub keys_refused: u64,
    /// How the agent's stream arrives, by the far end's word.
    pub far_end: Option<FarEnd>,
}
