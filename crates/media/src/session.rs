//! The WebRTC side of one leg: str0m in RTP mode, with the caller's ears and the agent's voice (`Talk`) behind it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::SdpPendingOffer;
use str0m::media::{Mid, Pt};
use str0m::net::Protocol;
use str0m::rtp::{RtpPacket, RtpWrite, SeqNo};
use str0m::stats::MediaEgressStats;
use str0m::{Candidate, Event, Input, Output, Rtc};

use crate::clock::Epoch;
use crate::consent::Consent;
use crate::data::DataChannel;
use crate::digits::DigitReader;
use crate::fact::Fact;
use crate::level;
use crate::limits;
use crate::link::Link;
use crate::named::Named;
use crate::opus::OpusError;
pub use crate::order::{Estate, Order, Path, Reoffer, SessionCounts, Sink};
use crate::peer::Peer;
use crate::red::{self, RedWriter};
use crate::reflector::Reflector;
use crate::report::{FarEnd, ReceiverReport, ReceiverReports};
use crate::sdp::{AudioSection, BadSdp};
use crate::setup::configuration;
pub use crate::setup::{Ground, Identity, Options};
use crate::sources::Sources;
use crate::stages::{Stage, enter};
use crate::talk::Talk;
use crate::voice::Voice;
use crate::whereabouts::Whereabouts;

mod negotiation;
mod path;
mod presence;
mod state;

pub use negotiation::Dialling;
use state::State;

/// How often `Fact::Quality` is told, and RTCP reports are sent.
pub const QUALITY_INTERVAL: Duration = Duration::from_secs(1);

/// The port that a far end names for connections it opens itself (RFC 6544 4.5). Full ICE sends checks there all the same.
const DISCARD: u16 = 9;

pub struct Session {
    rtc: Rtc,
    audio: Option<AudioSection>,
    mid: Option<Mid>,
    talk: Talk,
    open_microphone: bool,
    reflector: Option<Reflector>,
    /// As the connection was made.
    options: Options,
    seq: SeqNo,
    first_seq: u64,
    ufrag: String,
    /// The certificate the far end has shown in its description.
    fingerprint: String,
    renewal: Option<SdpPendingOffer>,
    state: State,
    rtc_deadline: Instant,
    consent: Consent,
    link: Link,
    /// The far end has put us on hold, by its offer's direction or in words.
    on_hold: bool,
    asked_to_hold: bool,
    suspended: bool,
    /// The far end has said that it may come back.
    awaited: bool,
    /// It takes another connection's place.
    successor: bool,
    whereabouts: Whereabouts,
    before_consent: u32,
    named: Named,
    /// The far end's user fragment, under which these were named.
    named_under: String,
    /// Where signed STUN came from.
    checked: Vec<Peer>,
    sources: Sources,
    data: DataChannel,
    next_quality: Instant,
    /// When answers to our checks were last counted: str0m does not tell of each as it comes.
    answers_counted: Instant,
    rtt_ms: Option<f32>,
    reports: ReceiverReports,
    red: RedWriter,
    digits: DigitReader,
    refused_input: u64,
    early: VecDeque<Fact>,
    epoch: Epoch,
}

impl Session {
    fn new(ground: &Ground, identity: Identity, options: &Options, local: &[SocketAddr], now: Instant) -> Result<Self, BadSdp> {
        let refused = |error: OpusError| BadSdp(format!("libopus refused to start ({}).", error.0));
        let voice = Voice::new(options.format, ground.epoch, identity.phase, identity.first_ts);
        let talk = Talk::new(options, voice).map_err(refused)?;
        let ufrag = identity.credentials.ufrag.clone();
        let consent = Consent::new(ground.crypto.clone(), identity.credentials.pass.clone(), now);
        let mut rtc = configuration(ground, identity.credentials, options.keys).build(now);
        for address in local {
            if let Ok(candidate) = Candidate::host(*address, "udp") {
                rtc.add_local_candidate(candidate);
            }
        }
        Ok(Self {
            rtc,
            audio: None,
            mid: None,
            talk,
            open_microphone: options.open_microphone,
            reflector: options.reflecting.then(Reflector::default),
            options: options.clone(),
            seq: u64::from(identity.first_seq).into(),
            first_seq: u64::from(identity.first_seq),
            ufrag,
            fingerprint: String::new(),
            renewal: None,
            state: State::Connecting { until: now + limits::SETUP_TIMEOUT },
            rtc_deadline: now,
            consent,
            link: Link::new(now),
            on_hold: false,
            asked_to_hold: false,
            suspended: false,
            awaited: false,
            successor: false,
            whereabouts: Whereabouts::new(now),
            before_consent: 0,
            named: Named::default(),
            named_under: String::new(),
            checked: Vec::new(),
            sources: Sources::default(),
            data: DataChannel::default(),
            next_quality: now + QUALITY_INTERVAL,
            answers_counted: now,
            rtt_ms: None,
            reports: ReceiverReports::default(),
            red: RedWriter::default(),
            digits: DigitReader::default(),
            refused_input: 0,
            early: VecDeque::new(),
            epoch: ground.epoch,
        })
    }

    pub fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected | State::HangingUp { .. })
    }

    /// `.local` names, TCP and garbage are passed over: a peer-reflexive candidate finds the way without them.
    fn add_candidate(&mut self, now: Instant, line: &str) {
        if !self.named.admits(line) {
            self.refused_input += 1;
        } else if let Ok(candidate) = Candidate::from_sdp_string(line)
            && candidate.proto() == Protocol::Udp
        {
            self.rtc.add_remote_candidate(candidate);
            self.rtc_deadline = now;
        }
    }

    /// Whether STUN from there is taken: str0m checks every new address, and the caller alone says how many it has.
    fn takes_checks_from(&mut self, source: Peer) -> bool {
        let known = self.checked.contains(&source);
        if !known && self.checked.len() < limits::CHECKED_ADDRESSES {
            self.checked.push(source);
            return true;
        }
        known
    }

    /// Hand due packets to str0m. Says whether there were any.
    fn speak(&mut self, now: Instant, sink: &mut dyn Sink) -> bool {
        let Some((mid, audio)) = self.mid.zip(self.audio.as_ref()) else { return false };
        let mut spoke = false;
        loop {
            let copies = self.talk.voice.encoding.copies();
            let packet = match self.talk.voice.poll(now) {
                Ok(Some(packet)) => packet,
                Ok(None) => return spoke,
                Err(_) => {
                    self.refused_input += 1;
                    continue;
                }
            };
            sink.spoken(packet.due);
            self.talk.hearing.spoke(now, &packet.spoken.pcm, packet.spoken.rate_hz);
            let (pt, payload) = match audio.telephone_event {
                Some(events) if packet.event => {
                    self.red.break_off();
                    (events.pt, packet.payload)
                }
                _ => self.red.carry(audio, packet.ts, packet.payload, copies),
            };
            let write = RtpWrite::new(Pt::from(pt), self.seq.inc(), packet.ts, now, payload);
            let write = write.marker(packet.marker).ext_vals(level::header(packet.below_full_db));
            spoke = true;
            let mut api = self.rtc.direct_api();
            if let Some(stream) = api.stream_tx_by_mid(mid, None) {
                stream.write_rtp(write);
            }
            self.talk.tell_marks(now, sink);
        }
    }

    /// Send back what has come.
    fn reflect(&mut self, now: Instant, sink: &mut dyn Sink) {
        let Some((reflector, mid)) = self.reflector.as_mut().zip(self.mid) else { return };
        if reflector.send_back(now, mid, &mut self.rtc) {
            let _stage = enter(Stage::Send);
            self.refused_input += u64::from(self.rtc.handle_input(Input::Timeout(now)).is_err());
            self.drain_rtc(now, sink);
        }
    }

    fn drain_rtc(&mut self, now: Instant, sink: &mut dyn Sink) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.rtc_deadline = at;
                    return;
                }
                Ok(Output::Transmit(mut transmit)) => {
                    let to = Peer::new(transmit.proto, transmit.destination);
                    let nowhere = to.is_tcp() && to.address.port() == DISCARD;
                    if !nowhere && self.consent.lets(now, &transmit.contents) {
                        let to = self.whereabouts.outgoing(to, &transmit.contents);
                        (transmit.proto, transmit.destination) = (to.protocol, to.address);
                        sink.transmit(transmit);
                    }
                }
                Ok(Output::Event(event)) => self.event(now, event, sink),
                Err(_) => {
                    self.refused_input += 1;
                    if !self.rtc.is_alive() {
                        self.rtc_deadline = now;
                        return;
                    }
                }
            }
        }
    }

    fn event(&mut self, now: Instant, event: Event, sink: &mut dyn Sink) {
        match event {
            Event::Connected => {
                if let State::Connecting { .. } = self.state {
                    self.state = State::Connected;
                    self.consent.renew(now);
                    self.link.rest(now);
                    if self.open_microphone {
                        self.talk.voice.open(now);
                    }
                }
                if !self.successor {
                    sink.fact(now, Fact::Connected);
                }
            }
            Event::RtpPacket(packet) => self.packet(now, packet, sink),
            Event::ChannelOpen(id, label) if self.data.open(id, &label) => sink.fact(now, Fact::DataOpened),
            Event::ChannelData(data) => {
                let second = self.epoch.micros(now) / 1_000_000;
                if let Some(text) = self.data.receive(second, data.id, data.binary, data.data) {
                    sink.fact(now, Fact::Data(text));
                }
            }
            Event::ChannelClose(id) => self.data.close(id),
            Event::PeerStats(stats) => {
                let pair = stats.selected_candidate_pair;
                let counted = std::mem::replace(&mut self.answers_counted, now);
                if self.consent.answered(now, pair.as_ref().map_or(0, |pair| pair.responses_received)) {
                    self.link.answered(now, counted);
                }
                let rtt = stats.rtt.or(pair.and_then(|pair| pair.current_round_trip_time));
                self.rtt_ms = rtt.map(|rtt| rtt.as_secs_f32() * 1000.0);
            }
            Event::MediaEgressStats(stats) => self.reported(now, &stats),
            Event::Closed => self.leave(now),
            _ => {}
        }
    }

    /// How the agent's stream arrives, by the far end's receiver reports; None until the first.
    pub fn far_end(&self) -> Option<FarEnd> {
        self.reports.far_end()
    }

    /// str0m gives the loss only of reports that came since it last gave any.
    fn reported(&mut self, now: Instant, stats: &MediaEgressStats) {
        if let Some((fraction_lost, remote)) = stats.loss.zip(stats.remote.as_ref()) {
            let report = ReceiverReport {
                fraction_lost,
                cumulative_lost: remote.packets_lost,
                highest_seq: *remote.maximum_sequence_number,
                jitter: remote.jitter,
            };
            let far_end = self.reports.hear(self.first_seq, report);
            self.talk.voice.encoding.hear(now, far_end.loss);
        }
    }

    fn packet(&mut self, now: Instant, packet: RtpPacket, sink: &mut dyn Sink) {
        self.consent.renew(now);
        self.link.media(now);
        self.sources.prove(packet.header.ssrc);
        if let Some(reflector) = &mut self.reflector {
            reflector.take(packet);
            return;
        }
        let Some(audio) = &self.audio else { return };
        let header = &packet.header;
        let pt = *header.payload_type;
        if audio.telephone_event.is_some_and(|events| events.pt == pt) {
            self.talk.hearing.pass_from(*header.ssrc, header.sequence_number);
            if let Some(digit) = self.digits.read(header.timestamp, &packet.payload) {
                sink.fact(now, Fact::Digit(digit));
            }
        } else if pt == audio.opus {
            let hint = level::told(&header.ext_vals);
            let (seq, ts) = (header.sequence_number, header.timestamp);
            self.talk.hearing.receive_from(*header.ssrc, now, seq, ts, packet.payload, hint);
        } else if Some(pt) == audio.red {
            let Some(blocks) = red::split(&packet.payload, audio.opus) else {
                self.refused_input += 1;
                return;
            };
            let (hint, hearing) = (level::told(&header.ext_vals), &mut self.talk.hearing);
            let (seq, ts) = (header.sequence_number, header.timestamp);
            hearing.receive_from(*header.ssrc, now, seq, ts, blocks.primary.into(), hint);
            hearing.receive_copies(now, seq, ts, &blocks, hint);
        }
    }

    fn tell_quality(&mut self, now: Instant, sink: &mut dyn Sink) {
        if now < self.next_quality {
            return;
        }
        self.next_quality = now + QUALITY_INTERVAL;
        if self.is_connected() {
            sink.fact(now, self.talk.quality(self.rtt_ms, self.far_end()));
        }
    }
}
