//! Packets of legs whose connection somebody else keeps: Twilio's and the WebSocket door's, in every format and at every place.

use std::time::Duration;

use media::codec::{Encoder, Format};
use media::limits;
use media::opus::Mode;
use media::order::{Order, Packet};
use media::setup::Options;
use media::shard::Port;
use media::stream::Stream;

use super::budget::fuzz;
use super::mutate::bytes;
use super::scene::{BYSTANDER, Scene, VICTIM};
use super::world::tone;

const STREAM: u64 = 3;
const INPUTS: usize = 1000;
const FORMATS: [Format; 4] = [Format::Opus(Mode::LowDelay), Format::Opus(Mode::Robust), Format::Pcm16, Format::Ulaw];

fn buzz(format: Format) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(16_000, format).expect("an encoder");
    tone(1, 400).pcm.chunks_exact(320).map(|frame| encoder.encode(frame).expect("encoded").to_vec()).collect()
}

#[test]
fn streams() {
    fuzz("packets::streams", |case| {
        let mut scene = Scene::in_call(case.dice.next());
        let format = FORMATS[case.dice.below(4)];
        let (options, now) = (Options { format, echoes: true, ..Options::default() }, scene.world.now);
        let stream = Stream::new(&options, scene.world.ground.epoch, Duration::ZERO, now).expect("a stream");
        scene.world.server.adopt(now, STREAM, Port::Shared, Box::new(stream));
        scene.world.server.order(now, STREAM, Order::Play(tone(1, 2_000)));
        let seeds = buzz(format);
        let (mut sequence, mut time) = (0_u16, 0_u32);
        for n in 0..INPUTS {
            let mut payload = bytes(&mut case.dice, &seeds);
            if case.dice.chance(50) {
                payload.resize(limits::PACKET_BYTES, 0xff);
            }
            case.tries(&payload);
            let dice = &mut case.dice;
            sequence = if dice.chance(50) { dice.next() as u16 } else { sequence.wrapping_add(dice.below(3) as u16) };
            time = if dice.chance(50) { dice.next() as u32 } else { time.wrapping_add(960) };
            let place = dice.chance(700).then_some((sequence, time));
            scene.world.server.order(scene.world.now, STREAM, Order::Packet(Packet { payload, place }));
            scene.is_sane();
            if n % 20 == 19 {
                scene.world.run_for(Duration::from_millis(20));
                scene.world.server_heard.clear();
                scene.world.heard_from.clear();
            }
        }
        scene.ask(&[VICTIM, BYSTANDER]);
    });
}
