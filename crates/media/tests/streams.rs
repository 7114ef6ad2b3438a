//! Legs on connections that somebody else keeps: the same ears and the same voice in every format.

mod world;

use std::time::{Duration, Instant};

use media::clock::Epoch;
use media::codec::{Decoder, Encoder, Format};
use media::fact::Fact;
use media::limits;
use media::opus::Mode;
use media::order::{Order, Packet};
use media::outbox::Outbox;
use media::setup::Options;
use media::shard::{Port, Shard};
use media::stream::Stream;

use world::keys::keys_heard;
use world::{sounding_share, tone};

const FORMATS: [Format; 3] = [Format::Opus(Mode::LowDelay), Format::Pcm16, Format::Ulaw];
const LEG: u64 = 7;
const FRAME: Duration = Duration::from_millis(20);

/// One stream on a shard, and everything it has said.
struct Desk {
    now: Instant,
    shard: Shard,
    heard: Vec<u8>,
    packets: Vec<(i64, Vec<u8>)>,
    facts: Vec<Fact>,
}

impl Desk {
    fn open(format: Format) -> Self {
        Self::with(Options { format, ..Options::default() })
    }

    fn with(options: Options) -> Self {
        let now = Instant::now();
        let epoch = Epoch::new(now, Duration::from_secs(1000));
        let stream = Stream::new(&options, epoch, Duration::from_millis(3), now).expect("a stream");
        let mut shard = Shard::new(epoch);
        shard.adopt(now, LEG, Port::Shared, Box::new(stream));
        let mut desk = Self { now, shard, heard: Vec::new(), packets: Vec::new(), facts: Vec::new() };
        desk.collect();
        desk
    }

    /// The far end comes back on another connection.
    fn come_back(&mut self, format: Format) {
        let options = Options { format, ..Options::default() };
        let epoch = Epoch::new(self.now, Duration::from_secs(1000));
        let stream = Stream::new(&options, epoch, Duration::from_millis(3), self.now).expect("a stream");
        self.shard.replace(self.now, LEG, Box::new(stream));
        self.collect();
    }

    /// What the far end has heard since, decoded.
    fn take_heard(&mut self, format: Format) -> Vec<u8> {
        let mut decoder = Decoder::new(format).expect("made");
        let packets = std::mem::take(&mut self.packets);
        let heard = packets.iter().map(|(_, payload)| decoder.decode(payload).expect("decoded").to_vec());
        heard.flatten().flat_map(i16::to_le_bytes).collect()
    }

    fn collect(&mut self) {
        let Outbox { pcm, frames, packets, facts, .. } = std::mem::take(&mut self.shard.outbox);
        frames.iter().for_each(|frame| self.heard.extend_from_slice(&pcm[frame.offset..][..frame.length]));
        self.packets.extend(packets.iter().map(|p| (p.at_ms, pcm[p.offset..][..p.length].to_vec())));
        self.facts.extend(facts.into_iter().map(|fact| fact.fact));
    }

    fn order(&mut self, order: Order) {
        self.shard.order(self.now, LEG, order);
        self.collect();
    }

    fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.shard.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.shard.work(self.now);
            self.collect();
        }
        self.now = until;
    }

    /// One packet after another, 20 ms apart.
    fn feed(&mut self, packets: &[Packet]) {
        for packet in packets {
            self.order(Order::Packet(packet.clone()));
            self.run_for(FRAME);
        }
    }

    fn said(&self, wanted: &Fact) -> bool {
        self.facts.contains(wanted)
    }
}

/// A buzz in packets of 20 ms.
fn buzz(format: Format, ms: usize) -> Vec<Packet> {
    let mut encoder = Encoder::new(16_000, format).expect("an encoder");
    let frames = tone(1, ms).pcm;
    let packets = frames.chunks_exact(320).map(|frame| encoder.encode(frame).expect("encoded").to_vec());
    packets.map(|payload| Packet { payload, place: None }).collect()
}

#[test]
fn what_a_stall_held_up_is_heard_whole_and_a_flood_is_not() {
    let mut desk = Desk::open(Format::Pcm16);
    desk.feed(&buzz(Format::Pcm16, 1000));
    desk.run_for(Duration::from_secs(35));
    desk.heard.clear();
    for packet in buzz(Format::Pcm16, 35_000) {
        desk.order(Order::Packet(packet));
    }
    let share = sounding_share(&desk.heard, 35_000);
    assert!((0.97..1.02).contains(&share), "{share} of what the network held up for 35 s");
    for _ in 0..1000 {
        desk.order(Order::Packet(Packet { payload: vec![1; limits::PACKET_BYTES], place: None }));
        desk.run_for(Duration::from_millis(5));
    }
    let heard = Duration::from_millis(desk.heard.len() as u64 / 32);
    assert!(heard < Duration::from_secs(52), "{heard:?}: 256 s came within 5");
    assert!(desk.shard.leg_counts(LEG).expect("alive").refused_input > 900);
}

#[test]
fn what_is_fed_is_heard_whole_and_sensed() {
    for format in FORMATS {
        let mut desk = Desk::open(format);
        assert_eq!(vec![Fact::Connected], desk.facts);
        desk.feed(&buzz(format, 1000));
        assert!(desk.said(&Fact::Sensed), "{format:?}");
        let share = sounding_share(&desk.heard, 1000);
        assert!((0.95..1.02).contains(&share), "{format:?}: {share}");
    }
}

#[test]
fn what_is_played_leaves_in_packets_of_20_ms_at_their_times() {
    for format in FORMATS {
        let mut desk = Desk::open(format);
        desk.order(Order::Play(tone(1, 1000)));
        desk.run_for(Duration::from_millis(1500));
        assert_eq!(50, desk.packets.len(), "{format:?}");
        let span = desk.packets[49].0 - desk.packets[0].0;
        assert!((960..=981).contains(&span), "{format:?}: {span} ms");
        let mut decoder = Decoder::new(format).expect("a decoder");
        let mut pcm = Vec::new();
        for (_, payload) in &desk.packets {
            pcm.extend(decoder.decode(payload).expect("decoded").iter().flat_map(|sample| sample.to_le_bytes()));
        }
        assert!((0.95..1.02).contains(&sounding_share(&pcm, 1000)), "{format:?}");
        assert!(desk.said(&Fact::Played { reply: 1, position_ms: 1000, done: true }));
    }
}

#[test]
fn what_waits_in_doubt_leaves_or_fades_with_the_very_packet_that_it_waited_for() {
    let mut desk = Desk::open(Format::Pcm16);
    desk.feed(&buzz(Format::Pcm16, 20));
    desk.order(Order::Arm { reply: 1, armed: true });
    desk.order(Order::Play(tone(1, 3000)));
    desk.run_for(Duration::from_millis(400));
    let (mut waited, mut went) = (0, 0);
    for packet in buzz(Format::Pcm16, 600) {
        let before = desk.packets.len();
        desk.order(Order::Packet(packet));
        waited += desk.packets.len() - before;
        if desk.facts.iter().any(|fact| matches!(fact, Fact::Paused { .. })) {
            went = desk.packets.len();
            break;
        }
        desk.run_for(FRAME);
    }
    assert!(waited >= 2, "one that went on, and the fade: {waited}");
    desk.run_for(Duration::from_millis(200));
    assert_eq!(went, desk.packets.len(), "and nothing after it");
}

/// The agent speaks, and may be stopped from the caller's packet `exposed_from` on; a thread comes to each packet when the next frame is
/// due. Which packet opens the gate, and how many of the agent's leave with it and after it.
fn opened_by(exposed_from: usize) -> (usize, usize) {
    let mut desk = Desk::open(Format::Pcm16);
    desk.order(Order::Play(tone(1, 3000)));
    desk.run_for(Duration::from_millis(400));
    for (number, packet) in buzz(Format::Pcm16, 600).into_iter().enumerate() {
        if number == exposed_from {
            desk.order(Order::Arm { reply: 1, armed: true });
        }
        let before = desk.packets.len();
        desk.now += FRAME;
        desk.order(Order::Packet(packet));
        if desk.said(&Fact::Sensed) {
            desk.run_for(10 * FRAME);
            return (number, desk.packets.len() - before);
        }
        desk.run_for(Duration::ZERO);
    }
    panic!("it never opens");
}

#[test]
fn the_frame_that_is_due_when_the_gate_opens_is_not_sent() {
    let (opens, _) = opened_by(0);
    assert_eq!((opens, 1), opened_by(opens), "the fade alone, although nothing was in doubt before");
}

#[test]
fn what_comes_back_of_the_agents_voice_is_no_caller_where_the_far_end_does_not_cancel_it() {
    const LATE: usize = 14;
    for format in FORMATS {
        let [heard, muted] = [false, true].map(|echoes| {
            let mut desk = Desk::with(Options { format, echoes, ..Options::default() });
            desk.order(Order::Play(tone(1, 3000)));
            desk.order(Order::Arm { reply: 1, armed: true });
            let silence = Encoder::new(16_000, format).expect("an encoder").encode(&[0; 320]).expect("encoded").to_vec();
            for number in 0..200_usize {
                let back = number.checked_sub(LATE).and_then(|place| desk.packets.get(place));
                let payload = back.map_or_else(|| silence.clone(), |(_, payload)| payload.clone());
                desk.feed(&[Packet { payload, place: None }]);
            }
            let paused = desk.facts.iter().any(|fact| matches!(fact, Fact::Paused { .. }));
            (desk.said(&Fact::Sensed), paused, desk.said(&Fact::Played { reply: 1, position_ms: 3000, done: true }))
        });
        assert_eq!((true, true, false), heard, "{format:?}: the echo was not there");
        assert_eq!((false, false, true), muted, "{format:?}");
    }
}

#[test]
fn a_voice_stops_an_armed_reply_and_what_is_dropped_never_leaves() {
    let mut desk = Desk::open(Format::Ulaw);
    desk.order(Order::Play(tone(4, 3000)));
    desk.order(Order::Arm { reply: 4, armed: true });
    desk.run_for(Duration::from_millis(400));
    desk.feed(&buzz(Format::Ulaw, 600));
    let paused = desk.facts.iter().find_map(|fact| match fact {
        Fact::Paused { reply: 4, position_ms } => Some(*position_ms),
        _ => None,
    });
    assert!(paused.is_some_and(|at| (440..1000).contains(&at)), "{paused:?}");
    let sent = desk.packets.len();
    desk.order(Order::Flush(4));
    desk.run_for(Duration::from_secs(3));
    assert_eq!(sent, desk.packets.len());
    assert!(desk.facts.iter().any(|fact| matches!(fact, Fact::Flushed { reply: 4, .. })));
}

#[test]
fn packets_that_say_where_they_belong_are_put_in_order() {
    let mut desk = Desk::open(Format::Pcm16);
    let mut packets: Vec<Packet> = buzz(Format::Pcm16, 600)
        .into_iter()
        .enumerate()
        .map(|(i, packet)| Packet { place: Some((65_530_u16.wrapping_add(i as u16), i as u32 * 960)), ..packet })
        .collect();
    let whole: Vec<u8> = packets.iter().flat_map(|packet| packet.payload.clone()).collect();
    packets.swap(4, 5);
    packets.swap(20, 21);
    desk.feed(&packets);
    assert_eq!(whole, desk.heard);
    assert_eq!(0, desk.shard.leg_counts(LEG).expect("alive").traffic.lost);
}

#[test]
fn a_packet_that_never_comes_is_counted_and_leaves_a_gap_of_its_length() {
    let mut desk = Desk::open(Format::Ulaw);
    let mut packets: Vec<Packet> = buzz(Format::Ulaw, 600);
    packets.iter_mut().enumerate().for_each(|(i, packet)| packet.place = Some((i as u16, i as u32 * 960)));
    packets.remove(10);
    desk.feed(&packets);
    assert_eq!(1, desk.shard.leg_counts(LEG).expect("alive").traffic.lost);
    assert_eq!(600 * 32, desk.heard.len());
}

#[test]
fn what_is_no_packet_is_counted_and_harms_nothing() {
    let mut desk = Desk::open(Format::Pcm16);
    for payload in [Vec::new(), vec![1], vec![1, 2, 3]] {
        desk.order(Order::Packet(Packet { payload, place: None }));
    }
    assert_eq!(3, desk.shard.leg_counts(LEG).expect("alive").refused_input);
    desk.feed(&buzz(Format::Pcm16, 400));
    assert!(desk.said(&Fact::Sensed));
}

#[test]
fn a_hang_up_waits_for_the_last_word_and_a_lost_connection_for_nothing() {
    let mut desk = Desk::open(Format::Ulaw);
    desk.order(Order::Play(tone(1, 500)));
    desk.order(Order::Close("goodbye".into()));
    desk.run_for(Duration::from_millis(300));
    assert!(!desk.said(&Fact::Closed("goodbye".into())));
    desk.run_for(Duration::from_millis(300));
    assert_eq!(Some(&Fact::Closed("goodbye".into())), desk.facts.last());
    assert_eq!((0, 0), (desk.shard.len(), desk.shard.table_sizes().1));

    let mut desk = Desk::open(Format::Ulaw);
    desk.order(Order::Play(tone(1, 5000)));
    desk.order(Order::Gone("the caller hung up".into()));
    assert_eq!(Some(&Fact::Closed("the caller hung up".into())), desk.facts.last());
    assert_eq!(0, desk.shard.len());
}

#[test]
fn a_stream_that_stalls_mid_word_is_heard_to_end() {
    let mut desk = Desk::open(Format::Ulaw);
    desk.feed(&buzz(Format::Ulaw, 600));
    assert!(!desk.said(&Fact::Unsensed));
    desk.run_for(Duration::from_secs(1));
    assert!(desk.said(&Fact::Unsensed));
}

#[test]
fn keys_are_heard_as_tones_in_every_format() {
    for format in FORMATS {
        let mut desk = Desk::open(format);
        desk.order(Order::Play(tone(1, 600)));
        desk.run_for(Duration::from_millis(300));
        desk.order(Order::Press("0123456789*#ABCD".into()));
        desk.run_for(Duration::from_secs(4));
        let mut decoder = Decoder::new(format).expect("made");
        let mut pcm = Vec::new();
        for (_, payload) in &desk.packets {
            pcm.extend(decoder.decode(payload).expect("decoded").iter().flat_map(|sample| sample.to_le_bytes()));
        }
        assert_eq!("0123456789*#ABCD", keys_heard(&pcm), "{format:?}");
        assert!(desk.facts.contains(&Fact::Played { reply: 1, position_ms: 600, done: true }), "the voice has gone on");
    }
}

#[test]
fn while_the_far_end_holds_nothing_is_said_or_listened_to() {
    for format in FORMATS {
        let mut desk = Desk::open(format);
        desk.order(Order::Play(tone(1, 1000)));
        desk.run_for(Duration::from_millis(500));
        desk.order(Order::Hold(true));
        assert!(desk.facts.contains(&Fact::Suspended { on_hold: true }));
        let before = desk.packets.len();
        desk.feed(&buzz(format, 1000));
        assert!(sounding_share(&desk.heard, 1000) < 0.01, "{format:?}");
        assert_eq!(before, desk.packets.len());
        desk.order(Order::Hold(false));
        desk.run_for(Duration::from_secs(1));
        assert!(desk.facts.contains(&Fact::Restored { anew: false }));
        assert!(desk.facts.contains(&Fact::Played { reply: 1, position_ms: 1000, done: true }));
        let share = sounding_share(&desk.take_heard(format), 1000);
        assert!((0.94..1.06).contains(&share), "{format:?} {share}");
    }
}

#[test]
fn a_far_end_that_does_not_come_back_is_gone_after_as_long_as_any() {
    let mut desk = Desk::open(Format::Pcm16);
    desk.order(Order::Interrupt(true));
    assert!(desk.facts.contains(&Fact::Suspended { on_hold: false }));
    desk.run_for(Duration::from_secs(34));
    assert_eq!(1, desk.shard.len());
    desk.run_for(Duration::from_secs(2));
    assert_eq!((0, Some(&Fact::Closed("vanished".into()))), (desk.shard.len(), desk.facts.last()));
}

#[test]
fn what_was_said_into_a_dead_connection_is_said_again_on_the_next_in_its_own_format() {
    for (before, after) in FORMATS.into_iter().flat_map(|before| FORMATS.map(|after| (before, after))) {
        let mut desk = Desk::open(before);
        desk.feed(&buzz(before, 200));
        desk.order(Order::Play(tone(1, 2000)));
        desk.run_for(Duration::from_millis(500)); // into nothing: the far end's last word was before
        desk.order(Order::Interrupt(true));
        desk.run_for(Duration::from_secs(3));
        desk.packets.clear();
        desk.heard.clear();
        desk.come_back(after);
        assert!(desk.facts.contains(&Fact::Restored { anew: true }), "{before:?} {after:?}");
        desk.run_for(Duration::from_secs(3));
        let share = sounding_share(&desk.take_heard(after), 2000);
        assert!((0.96..1.04).contains(&share), "{before:?} {after:?} {share}");
        assert!(desk.facts.contains(&Fact::Played { reply: 1, position_ms: 2000, done: true }));
        desk.feed(&buzz(after, 500));
        let share = sounding_share(&desk.heard, 500);
        assert!((0.85..1.25).contains(&share), "{before:?} {after:?} {share}: concealment at most beside it");
    }
}
