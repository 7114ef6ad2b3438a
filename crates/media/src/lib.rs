//! The media core: one caller's voice in, one agent's voice out, for every call.
//!
//! Read it in the order a packet travels: `udp` takes datagrams off the socket, `shard` finds the leg, `session` is that leg's
//! WebRTC side and takes copies of earlier packets out of later ones (`red`), `hearing` puts packets in order (`reorder`), decodes
//! them (`codec`, `opus`) unless they are silence (`quiet`), mutes what is only the agent's own voice coming back (`echo`,
//! `spectrum`), and senses speech (`gate`). The other way `voice` paces what `playout` queued, just behind the packets that come
//! (`rhythm`), `encoding` encodes it unless it is a `clip` that another leg has encoded, and `session` sends it; what the far end
//! says of it (`report`) decides how it is protected against loss (`protection`); while keys are pressed (`keypad`), the voice
//! waits. `stream` does the same for a leg whose packets come and go over somebody else's connection. A core has as many shards as
//! threads, all behind one UDP port: `router` says which of them a datagram belongs to, `forward` brings it there. Where UDP is
//! blocked, the same packets come framed (`framing`) over one TCP port, whose connections `tcp` keeps. An `engine`
//! is a thread's loop; with many legs it works at the beginning of each of four `slots` in a frame. `driver`, `threads`, `engine` and
//! `tcp` alone have threads and a clock; everything else takes the time as an argument, so that tests run on virtual time.

pub mod addresses;
pub mod allowance;
pub mod bell;
pub mod clip;
pub mod clips;
pub mod clock;
pub mod codec;
pub mod consent;
pub mod counts;
pub mod data;
pub mod digits;
pub mod directory;
pub mod driver;
pub mod echo;
pub mod encoding;
pub mod engine;
pub mod fact;
pub mod forward;
pub mod framing;
pub mod g711;
pub mod gate;
pub mod hearing;
pub mod interfaces;
pub mod jitter;
pub mod keypad;
pub mod lateness;
pub mod level;
pub mod limits;
pub mod link;
pub mod named;
pub mod opus;
pub mod order;
pub mod os;
pub mod outbox;
pub mod peer;
pub mod playout;
pub mod protection;
pub mod quiet;
pub mod recent;
pub mod red;
pub mod reflector;
pub mod reorder;
pub mod report;
pub mod resample;
pub mod rhythm;
pub mod router;
pub mod sdp;
pub mod session;
pub mod setup;
pub mod shard;
pub mod slots;
pub mod sources;
pub mod spectrum;
pub mod stages;
pub mod stall;
pub mod strain;
pub mod stream;
pub mod talk;
pub mod tcp;
pub mod threads;
pub mod udp;
pub mod ufrag;
pub mod voice;
pub mod whereabouts;
