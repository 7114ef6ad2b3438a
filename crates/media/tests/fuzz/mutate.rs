//! Changes to what is sent: to bytes, to lines of text, to lists of type, length and value.

use super::world::Dice;

/// Numbers at which lengths and counts go wrong.
const EDGES: [u32; 12] = [0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff];

/// Pick one.
pub fn pick<'a, T>(dice: &mut Dice, from: &'a [T]) -> &'a T {
    &from[dice.below(from.len())]
}

/// `length` bytes of noise.
pub fn noise(dice: &mut Dice, length: usize) -> Vec<u8> {
    (0..length).map(|_| (dice.next() >> 24) as u8).collect()
}

/// One of the seeds, changed a little or a lot.
pub fn bytes(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = pick(dice, seeds).clone();
    let other = pick(dice, seeds);
    for _ in 0..1 << dice.below(5) {
        change(dice, &mut bytes, other);
    }
    bytes.truncate(2048); // what the socket cuts off
    bytes
}

/// One change in place.
pub fn change(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    let (at, length) = (dice.below(bytes.len() + 1), dice.below(32));
    let end = (at + length).min(bytes.len());
    match dice.below(9) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => bytes.extend_from_within(at..end),
        3 => drop(bytes.splice(at..at, noise(dice, length))),
        4 => drop(bytes.splice(at..end, other[dice.below(other.len() + 1)..].iter().copied().take(64))),
        5 => overwrite(bytes, at, &(pick(dice, &EDGES)).to_be_bytes()),
        6 => overwrite(bytes, at, &(*pick(dice, &EDGES) as u16).to_be_bytes()),
        7 => overwrite(bytes, at, &noise(dice, 1)),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    for (byte, new) in bytes[at..].iter_mut().zip(with) {
        *byte = *new;
    }
}

/// One of the texts, with lines moved, doubled, lost, exchanged and changed.
pub fn lines(dice: &mut Dice, seeds: &[String]) -> String {
    let mut lines: Vec<String> = pick(dice, seeds).lines().map(str::to_owned).collect();
    let other: Vec<&str> = pick(dice, seeds).lines().collect();
    for _ in 0..1 << dice.below(4) {
        let (at, to) = (dice.below(lines.len()), dice.below(lines.len()));
        match dice.below(8) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(to, lines[at].clone()),
            2 => lines.swap(at, to),
            3 => lines.insert(at, (*pick(dice, &other)).to_owned()),
            4 => lines[at] = (*pick(dice, &other)).to_owned(),
            5 | 6 => lines[at] = word(dice, &lines[at]),
            _ => {
                let mut bytes = lines[at].clone().into_bytes();
                change(dice, &mut bytes, other.first().map_or(&[], |line| line.as_bytes()));
                lines[at] = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        if lines.is_empty() {
            lines.push("v=0".into());
        }
    }
    lines.join(if dice.chance(900) { "\r\n" } else { "\n" }) + "\r\n"
}

/// A line with one of its words changed into what numbers and names are rarely.
fn word(dice: &mut Dice, line: &str) -> String {
    const ODD: [&str; 10] = ["", "0", "-1", "65536", "4294967296", "18446744073709551616", "é", "%n", "255.255.255.255", "::1"];
    let separator = *pick(dice, &[' ', ':', '=', ';', '/', ',']);
    let mut words: Vec<&str> = line.split(separator).collect();
    let at = dice.below(words.len());
    let long = "9".repeat(dice.below(600));
    words[at] = if dice.chance(100) { &long } else { ODD[dice.below(ODD.len())] };
    words.join(&separator.to_string())
}
