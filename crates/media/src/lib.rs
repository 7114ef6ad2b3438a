//! The media core: one caller's voice in, one agent's voice out, for every call of a shard.
//!
//! Read it in the order a packet travels: `udp` takes datagrams off the socket, `shard` finds the leg, `session` is that leg's
//! WebRTC side, `hearing` puts packets in order (`reorder`), decodes them (`codec`, `opus`) unless they are silence (`quiet`), and
//! senses speech (`gate`). The other way `voice` paces what `playout` queued, and `session` sends it. `stream` does the same for a
//! leg whose packets come and go over somebody else's connection. `driver` and `engine` alone have a thread and a clock; everything
//! else takes the time as an argument, so that tests run on virtual time.

pub mod clock;
pub mod codec;
pub mod consent;
pub mod data;
pub mod digits;
pub mod driver;
pub mod engine;
pub mod fact;
pub mod g711;
pub mod gate;
pub mod hearing;
pub mod interfaces;
pub mod level;
pub mod limits;
pub mod link;
pub mod opus;
pub mod order;
pub mod os;
pub mod outbox;
pub mod playout;
pub mod quiet;
pub mod recent;
pub mod reorder;
pub mod resample;
pub mod sdp;
pub mod session;
pub mod setup;
pub mod shard;
pub mod stream;
pub mod talk;
pub mod udp;
pub mod ufrag;
pub mod voice;
