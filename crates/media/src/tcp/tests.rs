//! The keeper with real connections on loopback, and shards that the test plays.

use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::Receiver;

use super::*;
use crate::forward::{self, Parcel};
use crate::framing::{Deframer, frame};
use crate::ufrag;

/// Long enough for a machine that is busy; nothing waits for it otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

struct Stage {
    keeper: Keeper,
    spring: Spring,
    address: SocketAddr,
    frames: Receiver<Parcel>,
    hung_up: Arc<Mutex<Vec<(ShardNumber, SocketAddr)>>>,
    now: Instant,
}

fn stage() -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let (spring, inlet) = channel().expect("an eventfd");
    let (way, frames) = forward::way();
    let hung_up = Arc::new(Mutex::new(Vec::new()));
    let told = hung_up.clone();
    let shards = Shards {
        count: 1,
        frames: Forwarder::new([(0, way)]),
        wake: Box::new(|_| {}),
        hung_up: Box::new(move |shard, peer| told.lock().expect("no panic").push((shard, peer))),
    };
    let keeper = Keeper::new(listener, vec![address], inlet, shards).expect("a keeper");
    Stage { keeper, spring, address, frames, hung_up, now: Instant::now() }
}

impl Stage {
    /// Let the keeper work until `done`.
    fn until(&mut self, mut done: impl FnMut(&mut Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(began.elapsed() < PATIENCE, "it never happened: {:?}", self.keeper.tally.counts());
            let ready = self.keeper.wait(Some(Duration::from_millis(20)));
            self.keeper.turn(self.now, &ready);
        }
    }

    fn caller(&mut self) -> TcpStream {
        let before = self.keeper.connections.len();
        let stream = TcpStream::connect(self.address).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        self.until(|stage| stage.keeper.connections.len() > before);
        stream
    }

    /// A caller for whom a leg has vouched.
    fn guest(&mut self) -> TcpStream {
        let mut stream = self.caller();
        stream.write_all(&framed(&check(0))).expect("sent");
        self.until(|stage| stage.frames.try_recv().is_ok());
        self.say(&[Notice::Vouched(address_of(&stream))], &[]);
        stream
    }

    fn say(&mut self, notices: &[Notice], packets: &[(SocketAddr, &[u8])]) {
        let packets = packets.iter().map(|(to, packet)| (self.address, *to, *packet));
        self.spring.outlet().send(notices, packets);
        self.keeper.turn(self.now, &[]);
    }

    fn counts(&self) -> TcpCounts {
        self.keeper.tally.counts()
    }
}

fn address_of(stream: &TcpStream) -> SocketAddr {
    stream.local_addr().expect("bound")
}

fn framed(packet: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    assert!(frame(packet, &mut bytes));
    bytes
}

/// A binding request for a leg of `shard`.
fn check(shard: ShardNumber) -> Vec<u8> {
    let name = format!("{}:abcd", ufrag::credentials(shard, &[5; ufrag::RANDOM_BYTES]).ufrag);
    let mut attributes = vec![0, 6, 0, name.len() as u8];
    attributes.extend(name.as_bytes());
    attributes.resize(attributes.len().div_ceil(4) * 4, 0);
    attributes.extend([0, 0x24, 0, 4, 110, 0, 1, 255, 0, 8, 0, 20]);
    attributes.extend([0; 20]);
    let mut bytes = vec![0, 1, 0, attributes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
    bytes.extend([7; 12]);
    bytes.extend(attributes);
    bytes
}

fn is_closed(stream: &mut TcpStream) -> bool {
    !matches!(stream.read(&mut [0; 1]), Ok(1..))
}

#[test]
fn checks_go_to_the_shard_they_name_and_media_only_once_a_leg_has_vouched() {
    let mut stage = stage();
    let mut caller = stage.caller();
    let (peer, media) = (address_of(&caller), [0x80_u8, 111, 0, 1]);
    caller.write_all(&[framed(&check(0)), framed(&media), framed(&check(0))].concat()).expect("sent");
    let mut got = Vec::new();
    let mut take = |stage: &mut Stage| {
        for parcel in stage.frames.try_iter() {
            got.extend(parcel.datagrams().map(|(source, to, bytes)| (source, to, bytes.to_vec())));
        }
        got.len()
    };
    stage.until(|stage| take(stage) == 2);
    stage.say(&[Notice::Vouched(peer)], &[]);
    caller.write_all(&framed(&media)).expect("sent");
    stage.until(|stage| take(stage) == 3);
    let here = stage.address;
    assert_eq!(vec![(peer, here, check(0)), (peer, here, check(0)), (peer, here, media.to_vec())], got);
}

#[test]
fn whoever_does_not_begin_with_a_check_for_a_shard_of_ours_is_turned_away() {
    let openings = [b"GET / HTTP/1.1\r\n\r\n".to_vec(), framed(&[0x80, 111, 0, 1]), framed(&check(1)), vec![255, 255]];
    let mut stage = stage();
    for (index, opening) in openings.iter().enumerate() {
        let mut caller = stage.caller();
        caller.write_all(opening).expect("sent");
        stage.until(|stage| stage.keeper.connections.is_empty());
        assert!(is_closed(&mut caller), "opening {index}");
    }
    assert_eq!(TcpCounts { connections: 0, refused: openings.len() as u64, dropped: 0 }, stage.counts());
    assert!(stage.frames.try_recv().is_err(), "no shard has heard of them");
    assert!(stage.keeper.tokens.is_empty() && stage.keeper.strangers.is_empty());
}

#[test]
fn half_a_frame_or_a_check_that_no_leg_accepts_lasts_five_seconds() {
    let mut stage = stage();
    let (mut half, mut forged, guest) = (stage.caller(), stage.caller(), stage.guest());
    half.write_all(&framed(&check(0))[..30]).expect("sent");
    forged.write_all(&framed(&check(0))).expect("sent");
    stage.until(|stage| stage.frames.try_recv().is_ok());
    stage.now += limits::TCP_PATIENCE - Duration::from_millis(1);
    stage.say(&[], &[]);
    assert_eq!(3, stage.counts().connections);
    stage.now += Duration::from_millis(1);
    stage.say(&[], &[]);
    assert_eq!((1, 2), (stage.counts().connections, stage.counts().refused));
    assert!(is_closed(&mut half) && is_closed(&mut forged));
    assert_eq!(vec![(0, address_of(&forged))], *stage.hung_up.lock().expect("no panic"));
    drop(guest);
    stage.until(|stage| stage.keeper.connections.is_empty());
    assert!(stage.keeper.patience.is_empty() && stage.keeper.strangers.is_empty());
}

#[test]
fn one_address_has_few_strangers_and_as_many_guests_as_there_are_calls() {
    let mut stage = stage();
    let guest = stage.guest();
    let strangers: Vec<TcpStream> = (0..limits::TCP_STRANGERS_OF_AN_ADDRESS).map(|_| stage.caller()).collect();
    let mut one_more = TcpStream::connect(stage.address).expect("the kernel accepts it");
    stage.until(|stage| stage.counts().refused == 1);
    assert!(is_closed(&mut one_more));
    stage.say(&[Notice::Vouched(address_of(&strangers[0]))], &[]);
    let _next = stage.caller();
    assert_eq!(limits::TCP_STRANGERS_OF_AN_ADDRESS + 2, stage.keeper.connections.len());
    drop(guest);
}

#[test]
fn packets_arrive_framed_and_a_connection_that_is_done_gets_its_last_ones_first() {
    let mut stage = stage();
    let mut guest = stage.guest();
    let peer = address_of(&guest);
    stage.say(&[Notice::Done(peer)], &[(peer, b"one"), (peer, b"two")]);
    let mut bytes = Vec::new();
    guest.read_to_end(&mut bytes).expect("closed in order");
    let mut got = Vec::new();
    Deframer::default().push(&bytes, |frame| got.push(frame.to_vec())).expect("frames");
    assert_eq!(vec![b"one".to_vec(), b"two".to_vec()], got);
    assert!(stage.keeper.connections.is_empty());
    stage.say(&[], &[(peer, b"too late")]);
}

#[test]
fn a_connection_that_takes_nothing_loses_the_newest_packets_and_no_frame_is_torn() {
    let mut stage = stage();
    let mut guest = stage.guest();
    let peer = address_of(&guest);
    let mut sent = 0_u32;
    // Loopback's own buffers take some megabytes first.
    while stage.counts().dropped == 0 {
        assert!(sent < 100_000, "it takes everything");
        let packet = [sent.to_be_bytes().to_vec(), vec![0; 1020]].concat();
        let packets: Vec<(SocketAddr, &[u8])> = vec![(peer, &packet); 1];
        stage.say(&[], &packets);
        sent += 1;
    }
    let waiting = stage.keeper.connections.values().map(|connection| usize::from(connection.is_waiting())).sum::<usize>();
    assert_eq!(1, waiting);
    let (mut deframer, mut numbers, mut buffer) = (Deframer::default(), Vec::new(), vec![0; 64 * 1024]);
    while numbers.len() < sent as usize - 1 {
        let ready = stage.keeper.wait(Some(Duration::ZERO));
        stage.keeper.turn(stage.now, &ready);
        let count = guest.read(&mut buffer).expect("more");
        let number = |frame: &[u8]| u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]);
        deframer.push(&buffer[..count], |frame| numbers.push(number(frame))).expect("whole frames");
    }
    assert_eq!((0..sent - 1).collect::<Vec<_>>(), numbers, "all but the newest, in order");
    stage.say(&[], &[(peer, b"and goes on")]);
    assert_eq!(1, stage.counts().dropped);
}

#[test]
fn a_shard_hears_of_a_connection_that_its_far_end_closes() {
    let mut stage = stage();
    let guest = stage.guest();
    let peer = address_of(&guest);
    drop(guest);
    stage.until(|stage| stage.keeper.connections.is_empty());
    assert_eq!(vec![(0, peer)], *stage.hung_up.lock().expect("no panic"));
    assert_eq!(0, stage.counts().connections);
}

#[test]
fn a_shard_hears_the_last_frames_of_a_connection_before_its_end() {
    let mut stage = stage();
    let mut guest = stage.guest();
    let frames = Arc::new(AtomicUsize::new(0));
    let (seen, told) = (frames.clone(), Arc::new(Mutex::new(Vec::new())));
    let (way, inbox) = forward::way();
    let (telling, inbox) = (told.clone(), Mutex::new(inbox));
    stage.keeper.shards.frames = Forwarder::new([(0, way)]);
    stage.keeper.shards.hung_up = Box::new(move |_, _| {
        let waiting = inbox.lock().expect("no panic").try_iter().map(|parcel| parcel.datagrams().count()).sum::<usize>();
        telling.lock().expect("no panic").push(seen.fetch_add(waiting, Ordering::Relaxed) + waiting);
    });
    guest.write_all(&[framed(b"goodbye"), vec![255, 255]].concat()).expect("sent"); // a frame, and one too long, in one piece
    stage.until(|stage| stage.keeper.connections.is_empty());
    assert_eq!((vec![1], 1), (told.lock().expect("no panic").clone(), frames.load(Ordering::Relaxed)));
}
