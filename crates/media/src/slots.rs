//! The 20 ms of a frame in slots. A thread with many legs works at the beginning of each and sleeps in between, and that is when the
//! agents' packets are due: all that has come is taken, and all that is due is sent, in one go, and no packet waits for its turn.

use std::time::Duration;

use crate::voice::FRAME;

/// Taking datagrams one by one was 1,500 wake-ups a second at 50 calls and an eighth of the CPU. In slots of this length they are 200
/// however many calls there are, and a packet that has come waits for 2.5 ms on average; Python is woken every 20 ms at most anyway.
pub const SLOT: Duration = Duration::from_millis(5);
const SLOT_US: u64 = SLOT.as_micros() as u64;
const FRAME_US: u64 = FRAME.as_micros() as u64;
/// A thread is awake this long after it wanted to be: 50 us of timer slack (prctl(2)), and what a sleeping CPU takes.
const AWAKE_US: u64 = 200;

/// Where in the 20 ms the frames of the `number`th connection lie: spread, whichever numbers a thread has.
pub fn phase(number: u64) -> Duration {
    Duration::from_micros(number * 7_654 % FRAME_US / SLOT_US * SLOT_US)
}

/// Where in the 20 ms the first slot begins that does not begin before `us`, on the clock of `Epoch::micros`. What a thread takes as it
/// wakes is of the slot that it wakes for.
pub fn place(us: u64) -> Duration {
    Duration::from_micros(us.saturating_sub(AWAKE_US).next_multiple_of(SLOT_US) % FRAME_US)
}

/// From `now_us` until the slot after the one in which `began_us` lies; none if that has begun. Both on the clock of `Epoch::micros`.
pub fn rest(began_us: u64, now_us: u64) -> Duration {
    let next_us = (began_us / SLOT_US + 1) * SLOT_US;
    Duration::from_micros(next_us.saturating_sub(now_us))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_spread_over_the_slots_whichever_of_them_a_thread_has() {
        for (first, step) in [(0, 1), (0, 2), (1, 2), (3, 4)] {
            let mut legs = [0; 4];
            for number in (first..).step_by(step).take(100) {
                let phase = phase(number);
                assert_eq!(0, phase.as_micros() % SLOT.as_micros());
                legs[(phase.as_micros() / SLOT.as_micros()) as usize] += 1;
            }
            assert!(legs.iter().all(|count| (20..=30).contains(count)), "every {step}th from {first} on: {legs:?}");
        }
    }

    #[test]
    fn a_place_is_the_beginning_of_the_slot_after() {
        let of = |us| place(us).as_micros();
        assert_eq!((0, 0, 5_000, 5_000, 10_000, 0), (of(0), of(200), of(201), of(45_200), of(45_201), of(999_999)));
    }

    #[test]
    fn a_thread_rests_until_the_next_slot_begins_and_not_at_all_if_it_has_worked_for_longer() {
        assert_eq!(Duration::from_micros(4_000), rest(10_000, 11_000));
        assert_eq!(Duration::from_micros(1), rest(14_999, 14_999));
        assert_eq!(Duration::ZERO, rest(14_000, 15_000));
        assert_eq!(Duration::ZERO, rest(14_000, 31_000));
    }
}
