//! The laws of the playout queue, and of the voice that paces it, on virtual time.

use std::time::{Duration, Instant};

use media::clock::Epoch;
use media::codec::Format;
use media::fact::Fact;
use media::playout::{Chunk, Playout};
use media::voice::Voice;
use proptest::prelude::*;

fn chunk(reply: u32, seq: u32, ms: usize, last: bool) -> Chunk {
    Chunk { reply, seq, pcm: vec![9000; ms * 16].into(), rate_hz: 16_000, last }
}

fn marks(playout: &mut Playout) -> Vec<Fact> {
    std::iter::from_fn(|| playout.mark()).collect()
}

fn frames(playout: &mut Playout) -> usize {
    std::iter::from_fn(|| playout.take()).count()
}

#[test]
fn progress_is_told_at_the_start_every_100_ms_and_at_the_end() {
    let mut playout = Playout::new();
    playout.play(chunk(1, 0, 250, true));
    assert_eq!(13, frames(&mut playout));
    let told: Vec<(u32, bool)> = marks(&mut playout)
        .into_iter()
        .map(|fact| match fact {
            Fact::Played { reply: 1, position_ms, done } => (position_ms, done),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(vec![(20, false), (120, false), (220, false), (250, true)], told);
}

#[test]
fn an_unfinished_frame_waits_for_the_rest_of_the_reply() {
    let mut playout = Playout::new();
    playout.play(chunk(1, 0, 30, false));
    assert_eq!(1, frames(&mut playout));
    assert!(!playout.ready());
    playout.play(chunk(1, 1, 10, false));
    assert_eq!(1, frames(&mut playout));
}

#[test]
fn an_empty_last_chunk_ends_the_reply() {
    let mut playout = Playout::new();
    playout.play(chunk(1, 0, 40, false));
    assert_eq!(2, frames(&mut playout));
    marks(&mut playout);
    playout.play(chunk(1, 1, 0, true));
    assert_eq!(vec![Fact::Played { reply: 1, position_ms: 40, done: true }], marks(&mut playout));
}

#[test]
fn a_pause_fades_and_resumes_where_it_stopped() {
    let mut playout = Playout::new();
    playout.play(chunk(1, 0, 400, true));
    for _ in 0..5 {
        playout.take();
    }
    playout.pause();
    let tail = playout.take().expect("a fade");
    assert!(tail.pcm[0] > 8000 && tail.pcm[127] < 200 && tail.pcm[128..].iter().all(|s| *s == 0));
    assert!(playout.take().is_none());
    playout.resume();
    let first = playout.take().expect("sound");
    assert!(first.pcm[0] < 200 && first.pcm[319] == 9000);
    assert_eq!(14, frames(&mut playout));
    let last = marks(&mut playout).pop();
    assert_eq!(Some(Fact::Played { reply: 1, position_ms: 400, done: true }), last);
}

#[test]
fn a_flushed_reply_never_sounds_again_and_the_next_one_does() {
    let mut playout = Playout::new();
    playout.play(chunk(3, 0, 400, false));
    playout.play(chunk(4, 0, 40, true));
    for _ in 0..3 {
        playout.take();
    }
    marks(&mut playout);
    playout.flush(3);
    assert_eq!(vec![Fact::Flushed { reply: 3, position_ms: 60 }], marks(&mut playout));
    playout.play(chunk(3, 1, 400, true));
    assert_eq!(1 + 2, frames(&mut playout)); // the fade and reply 4
    assert_eq!(Some(Fact::Played { reply: 4, position_ms: 40, done: true }), marks(&mut playout).pop());
}

#[test]
fn a_flush_of_another_reply_is_ignored() {
    let mut playout = Playout::new();
    playout.play(chunk(3, 0, 100, true));
    playout.take();
    marks(&mut playout);
    playout.flush(9);
    assert!(marks(&mut playout).is_empty());
    assert_eq!(4, frames(&mut playout));
}

#[test]
fn the_reflex_stops_only_the_armed_reply_while_it_sounds() {
    let mut playout = Playout::new();
    playout.reflex();
    playout.arm(1, true);
    playout.reflex();
    assert!(marks(&mut playout).is_empty(), "nothing sounds yet");
    playout.play(chunk(1, 0, 100, true));
    playout.take();
    marks(&mut playout);
    playout.arm(2, false); // another reply's: no effect
    playout.reflex();
    playout.reflex();
    assert_eq!(vec![Fact::Paused { reply: 1, position_ms: 20 }], marks(&mut playout));
    playout.resume();
    frames(&mut playout);
    marks(&mut playout);
    playout.reflex();
    assert!(marks(&mut playout).is_empty(), "it has ended");
}

#[test]
fn arming_what_waits_does_not_disarm_what_sounds() {
    let mut playout = Playout::new();
    playout.arm(1, true);
    playout.play(chunk(1, 0, 100, true));
    playout.play(chunk(2, 0, 100, true));
    playout.take();
    playout.arm(2, true);
    marks(&mut playout);
    playout.reflex();
    assert_eq!(vec![Fact::Paused { reply: 1, position_ms: 20 }], marks(&mut playout));
    playout.flush(1);
    playout.take();
    playout.take();
    marks(&mut playout);
    playout.reflex();
    assert_eq!(vec![Fact::Paused { reply: 2, position_ms: 20 }], marks(&mut playout), "and its own arm is kept");
}

#[test]
fn more_than_a_minute_is_dropped_and_told() {
    let mut playout = Playout::new();
    playout.play(chunk(1, 0, 59_000, false));
    playout.play(chunk(1, 1, 2_000, false));
    assert_eq!(vec![Fact::Overflowed { reply: 1, seq: 1, dropped_ms: 2_000 }], marks(&mut playout));
    assert_eq!(59_000, playout.queued_ms());
}

#[derive(Clone, Debug)]
enum Act {
    Play { reply: u32, ms: usize, last: bool },
    Take(usize),
    Pause,
    Resume,
    Flush(u32),
    Reflex,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1_u32..5, 0_usize..90, any::<bool>()).prop_map(|(reply, ms, last)| Act::Play { reply, ms, last }),
        6 => (1_usize..8).prop_map(Act::Take),
        1 => Just(Act::Pause),
        2 => Just(Act::Resume),
        1 => (1_u32..5).prop_map(Act::Flush),
        1 => Just(Act::Reflex),
    ]
}

proptest! {
    #[test]
    fn positions_never_go_back_and_a_flushed_reply_stays_silent(acts in proptest::collection::vec(act(), 1..80)) {
        let mut playout = Playout::new();
        let mut positions = [0_u32; 5];
        let mut dead = [false; 5];
        let mut newest = 1; // replies come in the order of their ids
        for act in acts {
            match act {
                Act::Play { reply, ms, last } => {
                    newest = reply.max(newest);
                    playout.play(chunk(newest, 0, ms, last));
                }
                Act::Take(count) => for _ in 0..count { playout.take(); },
                Act::Pause => playout.pause(),
                Act::Resume => playout.resume(),
                Act::Flush(reply) => playout.flush(reply),
                Act::Reflex => playout.reflex(),
            }
            while let Some(mark) = playout.mark() {
                match mark {
                    Fact::Played { reply, position_ms, .. } => {
                        prop_assert!(!dead[reply as usize], "reply {} sounds after its flush", reply);
                        prop_assert!(position_ms >= positions[reply as usize]);
                        positions[reply as usize] = position_ms;
                    }
                    Fact::Flushed { reply, .. } => dead[reply as usize] = true,
                    _ => {}
                }
            }
            prop_assert!(playout.queued_ms() <= 60_000);
        }
    }
}

fn voice() -> (Voice, Instant) {
    let start = Instant::now();
    let epoch = Epoch::new(start, Duration::from_secs(100));
    (Voice::new(Format::default(), epoch, Duration::from_millis(7), 1000), start)
}

/// Runs the voice until it is idle or `until`; returns when each packet left, its timestamp and marker.
fn drive(voice: &mut Voice, until: Instant) -> Vec<(Instant, u32, bool)> {
    let mut sent = Vec::new();
    while let Some(at) = voice.deadline().filter(|at| *at <= until) {
        if let Some(packet) = voice.poll(at).expect("encodes") {
            sent.push((at, packet.ts, packet.marker));
        }
    }
    sent
}

#[test]
fn the_first_frame_leaves_at_once_the_second_in_its_place_and_the_rest_every_20_ms() {
    let (mut voice, start) = voice();
    let now = start + Duration::from_millis(9);
    voice.play(now, chunk(1, 0, 200, true));
    let sent = drive(&mut voice, now + Duration::from_secs(1));
    assert_eq!(10, sent.len());
    assert_eq!((now, 1000, true), sent[0]);
    let second = start + Duration::from_millis(27); // this leg's place
    for (i, (at, ts, marker)) in sent.iter().enumerate().skip(1) {
        assert_eq!(second + Duration::from_millis(20 * (i as u64 - 1)), *at);
        assert_eq!((1000 + 960 * i as u32, false), (*ts, *marker));
    }
    assert_eq!(None, voice.deadline(), "idle: nothing is encoded");
}

#[test]
fn a_first_frame_whose_place_is_near_waits_for_it_instead_of_running_ahead() {
    for (played, leaves) in [(0, 7), (6, 7), (7, 7), (8, 8), (16, 16), (17, 27)] {
        let (mut voice, start) = voice();
        voice.play(start + Duration::from_millis(played), chunk(1, 0, 40, true));
        assert_eq!(Some(start + Duration::from_millis(leaves)), voice.deadline(), "played at {played}");
    }
}

#[test]
fn a_voice_takes_its_place_in_the_slot_behind_the_far_ends_packets_when_it_next_begins() {
    let (mut voice, start) = voice();
    let at = |ms| start + Duration::from_millis(ms);
    voice.play(at(7), chunk(1, 0, 100, true));
    drive(&mut voice, at(10));
    voice.follow(at(6));
    assert_eq!(Some(at(27)), voice.deadline(), "what sounds keeps its pace");
    drive(&mut voice, at(200));
    voice.follow(at(206)); // one will come at 306, too
    voice.play(at(302), chunk(2, 0, 100, true));
    assert_eq!(vec![at(310), at(330)], drive(&mut voice, at(340)).iter().map(|sent| sent.0).collect::<Vec<_>>());
}

/// A reply that sounds and may be stopped: its frames leave at 7, 27, 47 ...
fn sounding(armed: bool) -> (Voice, impl Fn(u64) -> Instant) {
    let (mut voice, start) = voice();
    let at = move |ms| start + Duration::from_millis(ms);
    voice.playout.arm(1, armed);
    voice.play(at(7), chunk(1, 0, 400, true));
    drive(&mut voice, at(30));
    (voice, at)
}

#[test]
fn in_doubt_a_frame_waits_for_the_next_packet_and_those_after_it_keep_their_pace() {
    let (mut voice, at) = sounding(true);
    voice.hesitate(at(42), at(65));
    assert_eq!(Some(at(65)), voice.deadline());
    assert!(voice.poll(at(60)).expect("encodes").is_none());
    voice.go_on(at(62));
    assert_eq!(at(62), voice.poll(at(62)).expect("encodes").expect("it leaves").due);
    assert_eq!(vec![at(67), at(87)], drive(&mut voice, at(90)).iter().map(|sent| sent.0).collect::<Vec<_>>());
    voice.hesitate(at(102), at(125));
    let sent: Vec<Instant> = drive(&mut voice, at(150)).iter().map(|sent| sent.0).collect();
    assert_eq!(vec![at(125), at(127), at(147)], sent, "no packet came: it waits no longer");
    assert_eq!((0, 0), (voice.counts().late, voice.counts().restarts));
}

#[test]
fn doubt_after_doubt_keeps_every_frame_waiting_for_one_packet_and_none_for_two() {
    let (mut voice, at) = sounding(true);
    let mut sent = Vec::new();
    for packet in (42..=142).step_by(20) {
        voice.hesitate(at(packet), at(packet + 23));
        sent.extend(drive(&mut voice, at(packet + 19)).iter().map(|sent| sent.0));
    }
    assert_eq!(vec![at(62), at(82), at(102), at(122), at(142)], sent, "those of 47, 67 ...");
    assert_eq!(0, voice.counts().late);
}

#[test]
fn what_waited_in_doubt_is_not_sent_once_the_gate_has_opened() {
    let (mut voice, at) = sounding(true);
    voice.hesitate(at(42), at(65));
    voice.reflex(at(65));
    assert_eq!(1, drive(&mut voice, at(200)).len(), "the fade, at once");
    assert_eq!(
        vec![Fact::Played { reply: 1, position_ms: 20, done: false }, Fact::Paused { reply: 1, position_ms: 40 }],
        marks(&mut voice.playout)
    );
}

#[test]
fn what_the_reflex_may_not_stop_waits_for_nothing() {
    let (mut voice, at) = sounding(false);
    voice.hesitate(at(42), at(65));
    assert_eq!(Some(at(47)), voice.deadline());
    let (mut voice, at) = sounding(true);
    voice.press(at(31), "5");
    voice.hesitate(at(42), at(65));
    assert_eq!(Some(at(47)), voice.deadline(), "keys keep their pace");
}

#[test]
fn the_timestamp_runs_on_over_silence_and_a_talkspurt_is_marked() {
    let (mut voice, start) = voice();
    voice.play(start, chunk(1, 0, 40, true));
    let before = drive(&mut voice, start + Duration::from_secs(1));
    let later = start + Duration::from_secs(2);
    voice.play(later, chunk(2, 0, 40, true));
    let after = drive(&mut voice, later + Duration::from_secs(1));
    let elapsed = after[0].0 - before[1].0;
    let ticks = after[0].1 - before[1].1;
    assert!(after[0].2);
    assert_eq!(0, ticks % 960);
    assert!((f64::from(ticks) / 48_000.0 - elapsed.as_secs_f64()).abs() <= 0.0101);
}

#[test]
fn a_clock_that_is_hopelessly_late_starts_anew_instead_of_bursting() {
    let (mut voice, start) = voice();
    voice.play(start, chunk(1, 0, 2_000, true));
    drive(&mut voice, start + Duration::from_millis(100));
    let late = start + Duration::from_secs(1);
    let mut burst = 0;
    while voice.deadline().is_some_and(|at| at <= late) {
        assert!(voice.poll(late).expect("encodes").is_some());
        burst += 1;
    }
    assert_eq!(1, burst);
    assert_eq!(1, voice.counts().restarts);
}

#[test]
fn an_open_microphone_sends_silence_without_end() {
    let (mut voice, start) = voice();
    voice.open(start);
    let silence = drive(&mut voice, start + Duration::from_secs(1));
    assert_eq!(51, silence.len(), "the first at once, then fifty a second from the leg's own place on");
    voice.play(start + Duration::from_millis(1010), chunk(1, 0, 100, true));
    let sent = drive(&mut voice, start + Duration::from_millis(1300));
    assert!(sent.windows(2).all(|pair| pair[1].1 - pair[0].1 == 960));
}

#[test]
fn no_two_packets_have_the_same_timestamp_however_soon_after_the_last_one_we_are_heard_again() {
    for silence in [0, 3, 12, 19, 20, 33, 700] {
        let (mut voice, at) = sounding(false);
        let before: Vec<u32> = drive(&mut voice, at(50)).iter().map(|sent| sent.1).collect();
        voice.hold(at(20));
        voice.release(at(50 + silence));
        let after: Vec<u32> = drive(&mut voice, at(200 + silence)).iter().map(|sent| sent.1).collect();
        let all: Vec<u32> = before.into_iter().chain(after).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{silence}: {all:?}");
    }
}
