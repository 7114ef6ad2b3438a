use super::*;
use proptest::prelude::*;

fn insert(window: &mut ReorderWindow<u16>, now: Instant, seq: u16, ts: u32) {
    window.insert(now, seq, ts, 960, seq);
}

fn drain(window: &mut ReorderWindow<u16>, now: Instant) -> Vec<Step<u16>> {
    std::iter::from_fn(|| window.poll(now)).collect()
}

fn decode(tag: u16) -> Step<u16> {
    Step::Decode { packet: tag, duration: 960, skipped: 0 }
}

#[test]
fn packets_in_order_leave_at_once() {
    let (mut window, now) = (ReorderWindow::new(), Instant::now());
    for seq in 0..5 {
        insert(&mut window, now, seq, u32::from(seq) * 960);
        assert_eq!(vec![decode(seq)], drain(&mut window, now));
    }
}

#[test]
fn swapped_packets_leave_in_order_without_waiting_for_the_deadline() {
    let (mut window, now) = (ReorderWindow::new(), Instant::now());
    insert(&mut window, now, 10, 0);
    insert(&mut window, now, 12, 1920);
    assert_eq!(vec![decode(10)], drain(&mut window, now));
    insert(&mut window, now, 11, 960);
    assert_eq!(vec![decode(11), decode(12)], drain(&mut window, now));
    assert_eq!(0, window.counts().lost);
}

#[test]
fn a_gap_waits_40_ms_and_is_then_recovered_from_the_next_packet() {
    let (mut window, start) = (ReorderWindow::new(), Instant::now());
    insert(&mut window, start, 10, 0);
    insert(&mut window, start, 12, 1920);
    assert_eq!(1, drain(&mut window, start).len());
    assert_eq!(Some(start + GAP_PATIENCE), window.deadline());
    assert!(drain(&mut window, start + Duration::from_millis(39)).is_empty());
    let steps = drain(&mut window, start + GAP_PATIENCE);
    assert_eq!(vec![Step::Recover { next: 12, duration: 960 }, decode(12)], steps);
    insert(&mut window, start + Duration::from_millis(50), 11, 960);
    insert(&mut window, start + Duration::from_millis(50), 11, 960);
    assert_eq!((1, 1, 1), (window.counts().lost, window.counts().late, window.counts().duplicate));
}

#[test]
fn a_number_that_holds_no_audio_is_no_gap() {
    let (mut window, now) = (ReorderWindow::new(), Instant::now());
    insert(&mut window, now, 10, 0);
    window.pass(12);
    insert(&mut window, now, 13, 2880);
    assert_eq!(vec![decode(10)], drain(&mut window, now), "11 is missing");
    window.pass(11);
    assert_eq!(vec![Step::Decode { packet: 13, duration: 960, skipped: 1920 }], drain(&mut window, now));
    assert_eq!(Counts { received: 2, ..Counts::default() }, window.counts());
}

#[test]
fn a_copy_fills_a_gap_at_once_and_counts_as_that() {
    let (mut window, now) = (ReorderWindow::new(), Instant::now());
    insert(&mut window, now, 10, 0);
    insert(&mut window, now, 12, 1920);
    assert_eq!(vec![decode(10)], drain(&mut window, now));
    assert_eq!((true, false, false, false), (window.misses(11), window.misses(10), window.misses(12), window.misses(600)));
    window.insert_copy(now, 11, 960, 960, 11);
    window.insert_copy(now, 12, 1920, 960, 77);
    assert_eq!(vec![decode(11), decode(12)], drain(&mut window, now));
    assert_eq!(Counts { received: 2, copied: 1, ..Counts::default() }, window.counts());
    insert(&mut window, now, 11, 960);
    assert_eq!(
        Counts { received: 3, copied: 1, outrun: 1, ..Counts::default() },
        window.counts(),
        "it came, and is no duplicate"
    );
    insert(&mut window, now, 11, 960);
    assert_eq!(Counts { received: 3, copied: 1, outrun: 1, duplicate: 1, ..Counts::default() }, window.counts());
}

#[test]
fn a_packet_that_comes_after_its_copy_but_in_time_takes_its_place() {
    let (mut window, now) = (ReorderWindow::new(), Instant::now());
    insert(&mut window, now, 10, 0);
    drain(&mut window, now);
    window.insert_copy(now, 12, 1920, 960, 77);
    insert(&mut window, now, 12, 1920);
    insert(&mut window, now, 11, 960);
    assert_eq!(vec![decode(11), decode(12)], drain(&mut window, now));
    assert_eq!(Counts { received: 3, ..Counts::default() }, window.counts());
}

#[test]
fn a_copy_is_nothing_to_a_stream_that_has_not_begun_and_comes_too_late_after_its_turn() {
    let (mut window, start) = (ReorderWindow::new(), Instant::now());
    window.insert_copy(start, 9, 0, 960, 9);
    insert(&mut window, start, 10, 0);
    insert(&mut window, start, 12, 1920);
    drain(&mut window, start + GAP_PATIENCE);
    window.insert_copy(start + GAP_PATIENCE, 11, 960, 960, 11);
    assert!(drain(&mut window, start + GAP_PATIENCE).is_empty());
    assert_eq!(Counts { received: 2, lost: 1, ..Counts::default() }, window.counts());
}

#[test]
fn numbers_and_timestamps_wrap() {
    let (mut window, now) = (ReorderWindow::new(), Instant::now());
    for i in 0..4_u16 {
        let seq = 65_534_u16.wrapping_add(i);
        insert(&mut window, now, seq, (u32::MAX - 959).wrapping_add(u32::from(i) * 960));
        assert_eq!(vec![decode(seq)], drain(&mut window, now));
    }
    assert_eq!(4, window.counts().received);
}

#[test]
fn silence_left_out_by_the_sender_is_told() {
    let (mut window, now) = (ReorderWindow::new(), Instant::now());
    insert(&mut window, now, 1, 0);
    insert(&mut window, now, 2, 960 * 11);
    let steps = drain(&mut window, now);
    assert_eq!(Step::Decode { packet: 2, duration: 960, skipped: 9600 }, steps[1]);
}

#[test]
fn a_sender_that_starts_anew_is_followed() {
    let (mut window, now) = (ReorderWindow::new(), Instant::now());
    insert(&mut window, now, 1, 0);
    drain(&mut window, now);
    insert(&mut window, now, 30_000, 77);
    assert_eq!(vec![Step::Restart, decode(30_000)], drain(&mut window, now));
}

proptest! {
    #[test]
    fn whatever_arrives_each_packet_leaves_once_and_in_order(
        start in any::<u16>(),
        jitter in proptest::collection::vec(0_u64..90, 1..120),
        lost in proptest::collection::vec(any::<u8>(), 120),
    ) {
        let origin = Instant::now();
        let mut arrivals: Vec<(u64, u16)> = jitter
            .iter()
            .enumerate()
            .filter(|(i, _)| *i == 0 || lost[*i] > 25)
            .map(|(i, late)| (i as u64 * 20 + if i == 0 { 0 } else { *late }, i as u16))
            .collect();
        arrivals.sort();
        let mut window = ReorderWindow::new();
        let mut out = Vec::new();
        for (at, i) in &arrivals {
            let now = origin + Duration::from_millis(*at);
            insert(&mut window, now, start.wrapping_add(*i), u32::from(*i) * 960);
            out.extend(drain(&mut window, now));
        }
        out.extend(drain(&mut window, origin + Duration::from_secs(60)));
        let tags: Vec<u16> = out
            .iter()
            .filter_map(|step| match step {
                Step::Decode { packet, .. } => Some(packet.wrapping_sub(start)),
                _ => None,
            })
            .collect();
        prop_assert!(tags.windows(2).all(|pair| pair[0] < pair[1]), "{tags:?}");
        let counts = window.counts();
        prop_assert_eq!(arrivals.len() as u64, counts.received + counts.late);
        prop_assert_eq!(counts.received, tags.len() as u64);
        prop_assert_eq!(tags.len() as u64 + counts.lost, tags.last().map_or(0, |last| u64::from(*last) + 1));
        prop_assert_eq!(None, window.deadline());
    }
}
