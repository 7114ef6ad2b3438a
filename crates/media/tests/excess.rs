//! A caller's audio: how much of what its packets claim is believed.

mod world;

use std::time::Duration;

use media::codec::{Encoder, Format};
use media::limits;

use world::hostile::Hostile;
use world::{Weather, World, caller_address};

#[test]
fn nobody_says_more_than_there_is_time_to_say() {
    let mut world = World::new(16, Weather { delay_ms: 5, ..Weather::default() });
    let (hostile, ground) = Hostile::on(&world.ground);
    world.caller_ground = ground;
    world.overheard = Some(Vec::new());
    world.call(1);
    world.run_for(Duration::from_secs(1));
    let overheard = world.overheard.take().expect("listened");
    let first = &overheard
        .iter()
        .find(|(_, bytes)| bytes.len() > 12 && (128..192).contains(&bytes[0]) && !(192..224).contains(&bytes[1]))
        .expect("a packet")
        .1;
    let header_length = 16 + 4 * usize::from(u16::from_be_bytes([first[14], first[15]])); // with what names the m-line
    let mut encoder = Encoder::new(16_000, Format::default()).expect("an encoder");
    let payload = encoder.encode(&[0; 320]).expect("encoded").to_vec();
    world.swallow = true; // the honest half of it says no more
    let (seconds, a_second) = (10_u32, 100);
    let refused = |world: &World| world.server.leg_counts(1).expect("alive").refused_input;
    let before = refused(&world);
    for n in 0..seconds * a_second {
        let mut header = first[..header_length].to_vec();
        header[2..4].copy_from_slice(&(500 + n as u16).to_be_bytes());
        header[4..8].copy_from_slice(&(4 * 48_000 * n).to_be_bytes()); // as if it had paused for four seconds before each
        header[11] ^= 1;
        header[17] = 0x80 | 20;
        world.inject(caller_address(1), &hostile.rtp(&header, &payload).expect("keys"));
        world.run_for(Duration::from_millis(1000 / u64::from(a_second)));
    }
    let heard = Duration::from_millis(world.server_heard.len() as u64 / 32);
    let most = limits::AUDIO_AHEAD + 2 * Duration::from_secs(u64::from(seconds)) + Duration::from_secs(4); // the last one's pause
    assert!(heard > Duration::from_secs(10) && heard <= most, "{heard:?} of audio in {seconds} s");
    assert!(refused(&world) > before, "and what is too much is counted");
}
