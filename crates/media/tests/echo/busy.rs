//! A machine with too much to do: the core, the Python before it and the telephone each stop now and then, so that the delay of the
//! echo jumps again and again while the way back is being learned.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use media::codec::Format;
use media::g711;
use media::hearing::Hearing;
use media::level::LevelHint;

use crate::dice::Dice;
use crate::sounds::{PACKET, int16, power, voice};

const TICK_MS: u64 = 20;
const CALL_MS: u64 = 7_000;
const CORE: usize = 0;
const PYTHON: usize = 1;
const TELEPHONE: usize = 2;

/// Until when each of the three stands still.
struct Stops {
    dice: Dice,
    permille: u64,
    until: [u64; 3],
    stopped_ms: u64,
}

impl Stops {
    /// In a tick's time as many in a thousand stop, the core a third as often, for up to 110 ms.
    fn pass(&mut self, ms: u64) {
        for who in [CORE, PYTHON, TELEPHONE] {
            let rarer = if who == CORE { 3 } else { 1 };
            if self.until[who] <= ms && (self.dice.below(1_000 * TICK_MS as usize * rarer) as u64) < self.permille {
                self.until[who] = ms + 10 + self.dice.below(100) as u64;
                self.stopped_ms += self.until[who] - ms;
            }
        }
    }
}

type Frames = VecDeque<Vec<i16>>;

/// What its loudspeaker plays its microphone hears, so much quieter, after as many ticks as are in `returning` at first.
struct Telephone {
    playing: Frames,
    returning: Frames,
    gain: f32,
    due: u64,
    loudest: i16,
}

impl Telephone {
    /// What it sends until now. It plays silence where nothing has come, and all that comes later so much later.
    fn run(&mut self, ms: u64, sent: &mut Frames) {
        while self.due <= ms {
            self.due += TICK_MS;
            self.returning.push_back(self.playing.pop_front().unwrap_or_else(|| vec![0; PACKET]));
            let back = self.returning.pop_front().unwrap_or_default();
            let coded = back.iter().map(|sample| g711::decode(g711::encode((f32::from(*sample) * self.gain) as i16)));
            let coded: Vec<i16> = coded.collect();
            self.loudest = coded.iter().copied().fold(self.loudest, i16::max);
            sent.push_back(coded);
        }
    }
}

/// The longest stretch of the echo that is taken for a caller, in ms, and for how long anything stood still.
fn longest_leak_ms(seed: u64, permille: u64, echo_ms: u64, loss_db: f32) -> (usize, u64) {
    let begun = Instant::now();
    let mut stops =
        Stops { dice: Dice::new((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)), permille, until: [0; 3], stopped_ms: 0 };
    let mut hearing = Hearing::new(Format::Pcm16, false, true, false).expect("no codec is needed");
    hearing.expect_echo();
    let mut telephone = Telephone {
        playing: Frames::new(),
        returning: (0..echo_ms / TICK_MS).map(|_| vec![0; PACKET]).collect(),
        gain: 10_f32.powf(-loss_db / 20.0),
        due: 0,
        loudest: 0,
    };
    let agent = in_words(voice(60 + seed as u32 % 5, 190.0, 7));
    let mut unsaid = agent.chunks(PACKET);
    let (mut out, mut down, mut up, mut come) = (Frames::new(), Frames::new(), Frames::new(), Frames::new());
    let (mut due, mut seq, mut leaks) = (150 + stops.dice.below(350) as u64, 0_u16, Leaks::default());
    for ms in 0..CALL_MS {
        stops.pass(ms);
        let now = begun + Duration::from_millis(ms);
        if stops.until[CORE] <= ms {
            for packet in come.drain(..) {
                let payload: Arc<[u8]> = packet.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                hearing.receive(now, seq, 3 * PACKET as u32 * u32::from(seq), payload, LevelHint::default());
                seq += 1;
            }
            while let Some(heard) = hearing.poll(now) {
                heard.pcm.chunks(PACKET / 2).for_each(|hop| leaks.note(power(hop) > 1_000.0));
            }
            while due <= ms {
                let Some(frame) = unsaid.next() else { break };
                hearing.spoke(now, frame, 16_000);
                out.push_back(frame.to_vec());
                due += TICK_MS;
            }
        }
        if stops.until[PYTHON] <= ms {
            come.append(&mut up);
            down.append(&mut out);
        }
        if stops.until[TELEPHONE] <= ms {
            telephone.run(ms, &mut up);
            telephone.playing.append(&mut down);
        }
    }
    assert!(telephone.loudest > 300, "the echo was not there");
    (10 * leaks.longest, stops.stopped_ms)
}

/// With pauses, in which nothing is learned of the way back.
fn in_words(mut voice: Vec<f32>) -> Vec<i16> {
    voice.chunks_mut(45 * PACKET).for_each(|words| words.iter_mut().skip(30 * PACKET).for_each(|sample| *sample = 0.0));
    int16(&voice)
}

/// Hops of the echo in a row, gaps of up to four among them.
#[derive(Default)]
struct Leaks {
    row: usize,
    gap: usize,
    longest: usize,
}

impl Leaks {
    fn note(&mut self, sounds: bool) {
        if sounds {
            self.row += 1 + std::mem::take(&mut self.gap);
            self.longest = self.longest.max(self.row);
        } else {
            self.gap += 1;
            if self.gap > 4 {
                (self.row, self.gap) = (0, 0);
            }
        }
    }
}

/// Sixty calls in which so many in a thousand stop in a tick.
fn agent_is_not_stopped_by_itself(permille: u64, echo_ms: u64, loss_db: f32) {
    let mut stopped_ms = 0;
    let mut leaks: Vec<_> = (0..60)
        .map(|seed| {
            let (longest, stopped) = longest_leak_ms(seed, permille, echo_ms, loss_db);
            stopped_ms += stopped;
            (longest, seed)
        })
        .collect();
    leaks.sort_unstable();
    assert!(stopped_ms >= 60 * 20 * permille, "{stopped_ms} ms in all");
    assert!(leaks[59].0 <= 80, "the longest leaks, and by which seeds: {:?}", &leaks[50..]);
}

#[test]
fn an_agent_on_a_machine_that_stands_still_now_and_then_does_not_hear_itself() {
    agent_is_not_stopped_by_itself(20, 240, 12.0);
}

#[test]
fn an_agent_on_a_machine_that_stands_still_often_does_not_hear_itself() {
    agent_is_not_stopped_by_itself(50, 240, 12.0);
}

#[test]
fn an_agent_on_a_machine_that_stands_still_all_the_time_does_not_hear_itself() {
    agent_is_not_stopped_by_itself(100, 240, 12.0);
}

#[test]
fn an_agent_far_away_from_a_machine_that_stands_still_does_not_hear_itself() {
    agent_is_not_stopped_by_itself(50, 360, 20.0);
}
