//! Every limit of the core, with its reason. Nothing a stranger sends may cost more than these allow.

use std::time::Duration;

/// Bytes of an SDP. A browser's audio offer has 2 to 6 KB; str0m by itself would chew through attributes of 64 KiB each.
pub const SDP_BYTES: usize = 64 * 1024;

/// m-lines of an offer. A call needs audio and a data channel; two more leave room for a page that also offers video.
pub const M_LINES: usize = 4;

/// Remote candidates of one leg. Browsers gather fewer than 20; each pair costs connectivity checks, so more are ignored.
pub const REMOTE_CANDIDATES: usize = 32;

/// Bytes of a far end's ICE user fragment. RFC 8839 5.4 allows 256; Chromium and Firefox send 4 to 16. Our checks carry it before ours, of
/// 13, and str0m panics over a `USERNAME` of more than 128.
pub const UFRAG_BYTES: usize = 128 - 1 - 13;

/// Addresses from which one leg takes signed checks. A caller has one or two in each network it passes through; each new one gets
/// an answer and up to seven checks of ours, so a caller that lies about its address can aim no more than that at others.
pub const CHECKED_ADDRESSES: usize = 32;

/// How long an address stays its leg's after a signed check from there. Browsers check every 5 s at most (RFC 7675 5.1), and a router
/// gives a port to another caller minutes after the last packet.
pub const ADDRESS_KEPT: Duration = Duration::from_secs(10);

/// RTP sources one leg may have had. A browser keeps its source for the whole call; each costs str0m a stream's state.
pub const VOICE_SOURCES: usize = 32;

/// Bytes of one trickled candidate line. The longest real ones (IPv6 relay with extensions) have about 250.
pub const CANDIDATE_BYTES: usize = 512;

/// Bytes of one data-channel message, announced as `a=max-message-size`. Page messages have under 4 KB.
pub const DATA_MESSAGE_BYTES: usize = 64 * 1024;

/// Messages a second one caller may send over the data channel. Typing and playout reports need about 12.
pub const DATA_MESSAGES_PER_SECOND: u32 = 100;

/// Messages that wait for the data channel to open, within a second of the answer. A page that comes back to a call is told all of it,
/// up to 2,000 messages, before its channel is open.
pub const DATA_MESSAGES_WAITING: usize = 4096;

/// Datagrams, other than STUN, that a leg takes before it is connected. A DTLS handshake is under 20, resends included.
pub const PACKETS_BEFORE_CONSENT: u32 = 200;

/// Queued playout of one leg. The longest reply a model speaks is under a minute; 60 s at 24 kHz are 2.9 MB.
pub const QUEUED_PLAYOUT_MS: u32 = 60_000;

/// Bytes of clips that are kept for the next caller: 64 MB are half an hour of 16 kHz, some 800 clauses.
pub const CLIP_BYTES: usize = 64 * 1024 * 1024;

/// Bytes of a clip's name.
pub const CLIP_NAME_BYTES: usize = 256;

/// Keys and pauses that wait to be pressed. An international number has 15 digits, a card's with its date and code 23; at 180 ms a key
/// these are 12 s.
pub const KEYS_WAITING: usize = 64;

/// Bytes of a packet on a stream. 200 ms of 16-bit PCM at 16 kHz are 6,400; Opus allows 120 ms, carriers send 20.
pub const PACKET_BYTES: usize = 8 * 1024;

/// Copies of earlier packets in one (RFC 2198). Browsers send one or two; Chromium can be told to send nine.
pub const RED_COPIES: usize = 9;

/// Packets held behind a gap. At 20 ms each, 32 are 640 ms: sixteen times what a gap may wait.
pub const PACKETS_HELD: usize = 32;

/// Audio of one caller's that may be heard beyond what there was time to say. Whoever falls silent for `SILENT_TIMEOUT`, the first 5 s of
/// which are filled, may say all of that at once when the network is back; a sender's clock is seldom 0.1 % fast. Without this limit
/// a packet of 20 bytes can claim a pause of 3 s before it, and a hundred a second are 300 s of audio for gate and recogniser.
pub const AUDIO_AHEAD: Duration = Duration::from_secs(40);

/// A leg that is not connected by then never will be: ICE gives up after about 10 s.
pub const SETUP_TIMEOUT: Duration = Duration::from_secs(15);

/// So long after the last sign of life media, reports and data may still be sent (RFC 7675 5.1).
pub const CONSENT: Duration = Duration::from_secs(30);

/// A connected peer without a sign of life for so long is gone. Whoever lost their network or reloaded the page may come back within
/// 30 s, and has 5 more to connect. Nothing but connectivity checks is sent meanwhile, as RFC 7675 5.1 wants it after 30 s.
pub const SILENT_TIMEOUT: Duration = Duration::from_secs(35);

/// A browser closes the connection of a page that is reloaded within milliseconds of the page's own word that it may come back (Chromium
/// 156, measured); so long that word may be on its way through Python when the connection closes.
pub const LEAVE_GRACE: Duration = Duration::from_millis(300);

/// A connection that takes a lost one's place may need as long: a phone between two networks tries again and again.
pub const RESUME_PATIENCE: Duration = SILENT_TIMEOUT;

/// How long a hang-up may wait for its last words, beyond which it is carried out anyway.
pub const HANG_UP_PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of PCM and messages that wait for Python. 64 MB are 20 s of 100 calls: a Python that slept longer has lost them.
pub const OUTBOX_BYTES: usize = 64 * 1024 * 1024;

/// An offer nobody answered is forgotten after this.
pub const DIAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes of one parcel of datagrams on its way to another shard: 1,500 of a caller's packets, what 30 calls send in a second.
pub const PARCEL_BYTES: usize = 256 * 1024;

/// Parcels that wait for a shard. With the longest parcels 4 MB for each pair of shards; a shard takes them every 5 ms.
pub const PARCELS: usize = 16;

/// Core threads. More CPUs than this serve more calls than one Python process could follow.
pub const SHARDS: u8 = 64;

/// Bytes of one frame on a TCP connection: as large as the largest datagram that is read.
pub const FRAME_BYTES: usize = 2048;

/// TCP connections at once. A browser may open one for each address of ours that it can reach, even where UDP works: ten for each of
/// a hundred calls.
pub const TCP_CONNECTIONS: usize = 1024;

/// Of these, connections for which no leg has vouched yet. They last `TCP_PATIENCE`; whoever fills them all delays new calls over TCP
/// and disturbs nobody else.
pub const TCP_STRANGERS: usize = 256;

/// Of these again, from one IP address. A whole office may be behind one; a browser is a stranger for one round trip only.
pub const TCP_STRANGERS_OF_AN_ADDRESS: usize = 32;

/// How long a connection may take until a leg has accepted a check of its. A browser sends one as soon as it is connected.
pub const TCP_PATIENCE: Duration = Duration::from_secs(5);

/// Connections of one leg, the oldest of which gives way: one for each pair of addresses, and one more after an ICE restart.
pub const TCP_CONNECTIONS_OF_A_LEG: usize = 8;

/// Bytes that wait for a connection which takes none, beside 4 KB in the kernel. What comes then is lost, as on a full link: 20 KB are
/// 2 s of the agent's voice (64 kbit/s and 40 bytes a packet), by which time nobody wants to hear more of it.
pub const TCP_BUFFER_BYTES: usize = 16 * 1024;
