//! What each part of a leg costs in memory, in bytes as the C library's allocator counts them: Rust, libopus and aws-lc all ask it.
//!
//!     cargo run --release -p media --example footprint
//!
//! Prints JSON. `benchmarks/soak.py` and the media benchmark say what the whole process takes.

#[path = "../tests/world/mod.rs"]
mod world;

use std::time::{Duration, Instant};

use media::clock::Epoch;
use media::codec::{Encoder, Format};
use media::hearing::Hearing;
use media::playout::Playout;
use media::session::{Options, Session};
use media::voice::Voice;

use world::{SERVER, Weather, World, identity, tone};

const MANY: usize = 50;

/// Bytes in use, of this process.
fn in_use() -> usize {
    // SAFETY: a plain call that fills a struct.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

/// Bytes of one of what `make` makes.
fn each<T>(mut make: impl FnMut(usize) -> T) -> usize {
    let first = make(MANY); // whatever is made once is there now
    let mut made = Vec::with_capacity(MANY);
    let before = in_use();
    for number in 0..MANY {
        made.push(make(number));
    }
    let after = in_use();
    drop((first, made));
    (after - before) / MANY + size_of::<T>()
}

fn encoder(rate_hz: u32) -> usize {
    each(|_| {
        let mut encoder = Encoder::new(rate_hz, Format::default()).expect("libopus starts");
        encoder.encode(&vec![0; rate_hz as usize / 50]).expect("it encodes");
        encoder
    })
}

/// Calls over a virtual network, per end: connected, and after both have talked for two seconds.
fn calls() -> (usize, usize) {
    let mut world = World::new(1, Weather::default());
    world.call(100);
    world.run_for(Duration::from_secs(3));
    let before = in_use();
    for id in 1..=MANY as u64 {
        world.call(id);
    }
    world.run_for(Duration::from_secs(3));
    world.forget();
    let connected = in_use();
    for id in 1..=MANY as u64 {
        world.agent_says(id, 1, 2_500);
        world.caller_says(id, 1, 2_500);
    }
    world.run_for(Duration::from_secs(5));
    world.forget();
    let talked = in_use();
    ((connected - before) / MANY / 2, (talked - before) / MANY / 2)
}

fn main() {
    let epoch = Epoch::new(Instant::now(), Duration::from_secs(1000));
    let world = World::new(1, Weather::default());
    let (_, offer) = world.offer(1);
    let local = [SERVER.parse().expect("an address")];
    let options = Options::default();
    let answered = each(|number| {
        let identity = identity(0, number as u64);
        Session::answer(&world.ground, identity, &options, &local, &offer, world.now).expect("an answer").0
    });
    let ears = each(|_| Hearing::new(Format::default(), true, true, true).expect("libopus starts"));
    let voice = each(|_| Voice::new(Format::default(), epoch, Duration::ZERO, 0));
    let queue = each(|_| {
        let mut playout = Playout::new();
        playout.play(tone(1, 1000));
        playout
    });
    let (connected, talked) = calls();
    println!(
        "{{\"encoder_24khz\": {}, \"encoder_16khz\": {}, \"ears\": {ears}, \"voice_idle\": {voice}, \
         \"second_of_queued_16khz\": {queue}, \"leg_answered\": {answered}, \"leg_connected\": {connected}, \
         \"leg_talked\": {talked}}}",
        encoder(24_000),
        encoder(16_000),
    );
}
