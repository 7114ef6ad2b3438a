//! Fuzz targets for everything a stranger, or a caller who means harm, can send into the core. Each works on seeds that two of our
//! own sessions make in virtual time, or that real browsers wrote (`corpus`), changes them with knowledge of their shape, and then
//! asks the same questions: did nothing panic, does a bystander's call go on, is memory bounded, did little leave.
//!
//! `ANTIPHON_FUZZ_SECONDS` is the time each target has (a second, if not said); `ANTIPHON_FUZZ_SEED` runs the one case again that a
//! failure has named. How long they run in CI and what they found stands in docs/reference/fuzzing.md.

#[path = "../world/mod.rs"]
mod world;

mod budget;
mod descriptions;
mod handshake;
mod insider;
mod memory;
mod mutate;
mod packets;
mod scene;
mod stranger;

#[global_allocator]
static LIVE: memory::Counting = memory::Counting;
