//! The speech gate over recordings, as a leg drives it: packets of 20 ms, no clock, no socket. For `python -m benchmarks.gate`.
//!
//!     gates GATE… -- FILE…
//!
//! GATE is hits/window/voice or hits/window/voice/sure, `+echo` behind it for the echo gate before it, `+learns` for one that follows
//! no jumps. FILE is 16 kHz mono int16; FILE.spoken beside it is what the agent said meanwhile. Each line of output: gate, file, CPU
//! nanoseconds, milliseconds muted, then sample and 1 or 0 of each edge, or 2 where a packet leaves it in doubt. What the last echo
//! gate has left after muting is written to FILE.left.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use media::echo::EchoGate;
use media::gate::{Edge, Policy, SpeechGate};
use media::level::LevelHint;

const PACKET: usize = 320;

fn cpu() -> u128 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on Linux, and `time` is a valid place to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    u128::from(time.tv_sec.unsigned_abs()) * 1_000_000_000 + u128::from(time.tv_nsec.unsigned_abs())
}

fn read(path: &str) -> Option<Vec<i16>> {
    let bytes = std::fs::read(path).ok()?;
    Some(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
}

fn policy(name: &str) -> Policy {
    let parts: Vec<&str> = name.split('/').collect();
    let [hits, window, voice, sure @ ..] = parts.as_slice() else { panic!("{name} is no gate: see the top of this file") };
    let number = |text: &str| text.parse().expect("a number");
    let score = |text: &str| text.parse().expect("a score");
    let sure = sure.first().map_or(2.0, |sure| score(sure)); // no score is so high
    Policy { hits: number(hits), window: number(window), voice: score(voice), sure }
}

fn echo_gate(name: &str) -> Option<EchoGate> {
    match name {
        "" => None,
        "echo" => Some(EchoGate::default()),
        "learns" => Some(EchoGate::that_only_learns()),
        _ => panic!("{name} is no echo gate: see the top of this file"),
    }
}

fn run(name: &str, file: &str) -> String {
    let (gate, echo) = name.split_once('+').unwrap_or((name, ""));
    let mut pcm = read(file).expect("a recording");
    let spoken = read(&format!("{file}.spoken")).unwrap_or_default();
    let (mut gate, mut echo) = (SpeechGate::with(policy(gate)), echo_gate(echo));
    let (mut edges, mut now, start) = (String::new(), Instant::now(), cpu());
    for (number, packet) in pcm.chunks_mut(PACKET).enumerate() {
        let begin = number * PACKET;
        if let Some(echo) = &mut echo {
            if let Some(voice) = spoken.get(begin..begin + packet.len()) {
                echo.spoke(now, voice, 16_000); // a packet leaves before it sounds
            }
            now += Duration::from_millis(20);
            echo.heard(now, packet);
        }
        let told = match gate.push(packet, LevelHint::default()) {
            Some(Edge::Opened) => 1,
            Some(Edge::Closed) => 0,
            None if gate.is_in_doubt() => 2,
            None => continue,
        };
        write!(edges, " {} {told}", begin + packet.len()).expect("memory");
    }
    let took = cpu() - start;
    if echo.is_some() {
        let left: Vec<u8> = pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        std::fs::write(format!("{file}.left"), left).expect("written");
    }
    let muted = echo.map_or(0, |echo| echo.muted_ms());
    format!("{name} {file} {took} {muted}{edges}")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let split = arguments.iter().position(|argument| argument == "--").expect("gates, --, files");
    for file in &arguments[split + 1..] {
        for gate in &arguments[..split] {
            println!("{}", run(gate, file));
        }
    }
}
