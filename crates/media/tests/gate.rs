//! The gate against what is not speech. What it does with speech is tried with real voices in tests/media.

use media::gate::{Edge, FRAME, Policy, SpeechGate};
use media::level::LevelHint;

const HZ: f32 = 16_000.0;

struct Noise(u32);

impl Noise {
    /// White, in -1..1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}

fn openings(pcm: &[i16], hint: LevelHint) -> usize {
    let mut gate = SpeechGate::new();
    pcm.chunks(320).filter(|frame| gate.push(frame, hint) == Some(Edge::Opened)).count()
}

fn open_share(pcm: &[i16], hint: LevelHint) -> f32 {
    let mut gate = SpeechGate::new();
    let open = pcm.chunks(320).filter(|frame| {
        gate.push(frame, hint);
        gate.is_open()
    });
    open.count() as f32 / (pcm.len() / 320) as f32
}

fn make(seconds: f32, mut sample: impl FnMut(f32) -> f32) -> Vec<i16> {
    (0..(seconds * HZ) as usize).map(|i| (sample(i as f32 / HZ).clamp(-1.0, 1.0) * 32_000.0) as i16).collect()
}

fn white(seconds: f32, level: f32) -> Vec<i16> {
    let mut noise = Noise(7);
    make(seconds, |_| noise.next() * level)
}

/// A fan: low-passed noise.
fn fan(seconds: f32, level: f32) -> Vec<i16> {
    let (mut noise, mut low) = (Noise(11), 0.0);
    make(seconds, |_| {
        low += 0.05 * (noise.next() - low);
        low * level * 6.0
    })
}

/// Chords that change twice a second, with harmonics.
fn music(seconds: f32, level: f32) -> Vec<i16> {
    make(seconds, |t| {
        let root = [220.0, 196.0, 261.6, 174.6][(t * 2.0) as usize % 4];
        let decay = (-(t * 2.0).fract() * 2.0).exp();
        let chord: f32 = [1.0, 1.25, 1.5]
            .iter()
            .flat_map(|step| (1..5).map(move |h| (root * step * h as f32, h)))
            .map(|(hz, h)| (t * hz * std::f32::consts::TAU).sin() / (h * h) as f32)
            .sum();
        chord * level * decay / 3.0
    })
}

/// Two bursts of noise of 150 ms that ring and die away: a cough as far as the spectrum goes.
fn cough(level: f32) -> Vec<i16> {
    let (mut noise, mut ring) = (Noise(3), 0.0);
    make(2.0, |t| {
        let since = if t > 0.9 { t - 0.9 } else { t - 0.5 };
        ring += 0.35 * (noise.next() - ring);
        if t < 0.5 || since > 0.3 { 0.0 } else { ring * level * (-since * 18.0).exp() }
    })
}

#[test]
fn silence_and_a_quiet_room_never_open_it() {
    assert_eq!(0, openings(&[0; 160_000], LevelHint::default()));
    assert_eq!(0, openings(&white(10.0, 0.002), LevelHint::default()));
}

#[test]
fn steady_noise_hardly_opens_it() {
    // The loud ones drown a voice; there the conversation disarms the reflex after two false pauses.
    let cases = [
        ("white at -25 dB", white(20.0, 0.1), 0),
        ("white at -13 dB", white(20.0, 0.4), 8),
        ("a fan at -37 dB", fan(20.0, 0.02), 0),
        ("a fan at -17 dB", fan(20.0, 0.2), 8),
    ];
    for (what, pcm, allowed) in cases {
        let opened = openings(&pcm, LevelHint::default());
        println!("{what}: {opened} openings in 20 s");
        assert!(opened <= allowed, "{what}: {opened}");
    }
}

#[test]
fn music_and_coughs_are_counted() {
    let (music, cough) = (openings(&music(20.0, 0.5), LevelHint::default()), openings(&cough(0.8), LevelHint::default()));
    println!("music: {music} openings in 20 s, cough: {cough}");
    assert!(music <= 10, "{music}");
    assert!(cough <= 1, "{cough}: a double cough costs one pause at most");
}

/// "Ah", its pitch falling: harmonics through two resonances.
fn vowel(pitch: f32, level: f32) -> Vec<i16> {
    make(1.0, |t| {
        let hz = pitch * (1.0 - 0.2 * t);
        let near = |hz: f32, formant: f32| (-((hz - formant) / 160.0).powi(2)).exp();
        let sound: f32 = (1..30)
            .map(|h| hz * h as f32)
            .map(|hz| (0.05 + near(hz, 700.0) + 0.6 * near(hz, 1_200.0)) * (hz * t * std::f32::consts::TAU).sin())
            .sum();
        if t < 0.2 { 0.0 } else { sound * level }
    })
}

/// The packet after which it first opens.
fn opens_at(policy: Policy, pcm: &[i16], hint: LevelHint) -> usize {
    let mut gate = SpeechGate::with(policy);
    pcm.chunks(320).position(|frame| gate.push(frame, hint) == Some(Edge::Opened)).expect("it opens")
}

#[test]
fn one_frame_that_is_surely_voice_opens_it_at_once_unless_the_sender_hears_none() {
    let without = Policy { sure: 2.0, ..Policy::default() };
    let sound = vowel(160.0, 0.2);
    let against = LevelHint { below_full_db: Some(30), voice: Some(false) };
    let at = |policy, hint| opens_at(policy, &sound, hint);
    assert!(at(Policy::default(), LevelHint::default()) < at(without, LevelHint::default()));
    assert_eq!(at(without, against), at(Policy::default(), against));
}

#[test]
fn it_doubts_before_it_opens_and_never_once_it_is_open_or_where_there_is_silence() {
    let mut gate = SpeechGate::new();
    let mut doubts = Vec::new();
    for (number, packet) in vowel(160.0, 0.2).chunks(320).enumerate() {
        gate.push(packet, LevelHint::default());
        if gate.is_in_doubt() {
            doubts.push(number);
        }
    }
    let opens = opens_at(Policy::default(), &vowel(160.0, 0.2), LevelHint::default());
    println!("doubtful {doubts:?}, open at {opens}");
    assert!(!doubts.is_empty() && doubts.iter().all(|at| (10..opens).contains(at)), "{doubts:?}, open at {opens}");
}

/// Two seconds of a voice without words: pitch and resonances move as in "yeah, oh yeah".
fn babble() -> Vec<i16> {
    let near = |hz: f32, formant: f32| (-((hz - formant) / 160.0).powi(2)).exp();
    make(2.0, |t| {
        let pitch = 200.0 * (1.0 - 0.1 * (t * 3.0).sin());
        let (first, second) = (500.0 + 250.0 * (t * 4.0).sin(), 1_400.0 + 500.0 * (t * 5.2).sin());
        let loud = |hz: f32| 0.03 + near(hz, first) + 0.6 * near(hz, second) + 0.3 * near(hz, 2_500.0);
        let sound: f32 = (1..30).map(|h| pitch * h as f32).map(|hz| loud(hz) * (hz * t * std::f32::consts::TAU).sin()).sum();
        sound * 0.3
    })
}

/// The packet of `after` with which it closes behind a voice, and what share of the voice its network has heard.
fn closes_at(after: &[i16]) -> (usize, f32) {
    let (mut gate, voice) = (SpeechGate::new(), babble());
    for packet in voice.chunks(320) {
        gate.push(packet, LevelHint::default());
    }
    assert!(gate.is_open());
    let share = gate.heard() as f32 / (voice.len() / FRAME) as f32;
    let closes = after.chunks(320).position(|packet| gate.push(packet, LevelHint::default()) == Some(Edge::Closed));
    (closes.expect("it closes") + 1, share)
}

#[test]
fn while_a_voice_goes_on_the_network_rests_and_hears_its_end_all_the_same() {
    let (in_a_quiet_room, share) = closes_at(&[0; 16_000]);
    let (in_noise, _) = closes_at(&white(2.0, 0.005));
    println!("heard {share:.2}; closed after {in_a_quiet_room} packets of silence, {in_noise} of noise");
    assert!((0.3..0.7).contains(&share), "{share}");
    assert!((13..=14).contains(&in_a_quiet_room), "16 frames of 16 ms: {in_a_quiet_room}");
    assert!((13..=28).contains(&in_noise), "{in_noise}");
}

#[test]
fn a_sender_that_hears_no_voice_raises_the_bar() {
    let hint = LevelHint { below_full_db: Some(30), voice: Some(false) };
    let (hinted, plain) = (open_share(&music(20.0, 0.5), hint), open_share(&music(20.0, 0.5), LevelHint::default()));
    println!("open during music: {plain:.2}, with a hint against it {hinted:.2}");
    assert!(hinted < plain);
}
