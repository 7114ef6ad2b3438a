//! What we ask of an SDP before and after str0m has read it. str0m accepts an offer without a common codec and answers with
//! port 0, so the answer is inspected; every message says what is wrong with the offer.

use std::fmt;

use str0m::media::Frequency;

use crate::limits;
use crate::named::Named;

/// What we hear with, told to whoever calls us (RFC 7587 6.1): 16 kHz, so that no bits are spent on what is above. Chromium sends
/// 20 kbit/s then unless told more, and 32 at 48 kHz if told nothing; as many words are understood, and decoding takes 57 % of the
/// time (docs/decisions/0007-ask-for-what-is-heard.md).
const EARS: &str = "maxplaybackrate=16000;maxaveragebitrate=24000";
const OPUS: &str = "opus/48000/2";
const EVENTS_48_KHZ: &str = "telephone-event/48000";
const EVENTS_8_KHZ: &str = "telephone-event/8000";

/// An SDP that cannot be served; the text is for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSdp(pub String);

impl fmt::Display for BadSdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadSdp {}

fn refuse<T>(reason: impl Into<String>) -> Result<T, BadSdp> {
    Err(BadSdp(reason.into()))
}

/// The audio section of a description we agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioSection {
    pub mid: String,
    pub opus: u8,
    /// Redundant audio (RFC 2198) whose blocks are Opus.
    pub red: Option<u8>,
    pub telephone_event: Option<Events>,
}

/// How telephone events travel (RFC 4733).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    pub pt: u8,
    /// The clock of their durations.
    pub hz: u32,
}

/// Check the far end's description and leave out the candidates beyond the limit, of which `named` keeps count.
pub fn admit(sdp: &str, named: &mut Named) -> Result<String, BadSdp> {
    if sdp.len() > limits::SDP_BYTES {
        return refuse(format!("The SDP has {} bytes; at most {} are read.", sdp.len(), limits::SDP_BYTES));
    }
    if !sdp.trim_start().starts_with("v=0") {
        return refuse("This is not an SDP: it does not begin with v=0.");
    }
    let m_lines = lines(sdp).filter(|line| line.starts_with("m=")).count();
    if m_lines > limits::M_LINES {
        return refuse(format!("The SDP has {m_lines} m-lines; at most {} are served.", limits::M_LINES));
    }
    if !lines(sdp).any(|line| line.starts_with("m=audio")) {
        return refuse("The SDP has no audio m-line: a call needs one.");
    }
    if !lines(sdp).any(|line| line.starts_with("a=fingerprint:")) {
        return refuse("The SDP has no a=fingerprint: media is encrypted with DTLS-SRTP only.");
    }
    let longest = ufrags(sdp).map(str::len).max().unwrap_or(0);
    if longest > limits::UFRAG_BYTES {
        return refuse(format!("An a=ice-ufrag has {longest} bytes; at most {} are served.", limits::UFRAG_BYTES));
    }
    let mut kept = String::with_capacity(sdp.len() + 64);
    for line in lines(sdp) {
        if line.starts_with("a=candidate:") && !named.admits(line) {
            continue;
        }
        kept.push_str(line);
        kept.push_str("\r\n");
    }
    Ok(kept)
}

/// The audio section of an answer: accepted, with Opus, in a direction in which the caller can be heard.
pub fn agreed_audio(answer: &str) -> Result<AudioSection, BadSdp> {
    let section = audio_section(answer);
    let port = section.first().and_then(|m| m.split(' ').nth(1)).unwrap_or("0");
    let opus = payload_type(&section, OPUS);
    match (port, opus) {
        ("0", _) | (_, None) => refuse("No common audio codec: Opus (opus/48000/2) is the one spoken here."),
        (_, Some(opus)) => {
            let mid = section.iter().find_map(|line| line.strip_prefix("a=mid:"));
            let Some(mid) = mid else { return refuse("The audio m-line has no a=mid.") };
            let events = |name: &str, hz: u32| payload_type(&section, name).map(|pt| Events { pt, hz });
            let telephone_event = events(EVENTS_48_KHZ, 48_000).or_else(|| events(EVENTS_8_KHZ, 8_000));
            let red = payload_type(&section, "red/48000/2").filter(|red| carries(&section, *red, opus));
            Ok(AudioSection { mid: mid.trim().to_owned(), opus, red, telephone_event })
        }
    }
}

/// The certificate a description shows: hash function and value, comparable (RFC 8122 5).
pub fn fingerprint(sdp: &str) -> String {
    lines(sdp).find_map(|line| line.strip_prefix("a=fingerprint:")).unwrap_or_default().to_ascii_uppercase()
}

/// The user fragment a description names first; another than before is an ICE restart (RFC 8839 4.4.1.1.1).
pub fn ufrag(sdp: &str) -> String {
    ufrags(sdp).next().unwrap_or_default().to_owned()
}

fn ufrags(sdp: &str) -> impl Iterator<Item = &str> {
    lines(sdp).filter_map(|line| line.strip_prefix("a=ice-ufrag:"))
}

/// Whether an answer of ours lets us send: the far end listens (RFC 3264 6.1).
pub fn hears_us(answer: &str) -> bool {
    !audio_section(answer).iter().any(|line| matches!(*line, "a=recvonly" | "a=inactive"))
}

/// An answer of ours with these ICE credentials in every section. Candidates lose the user fragment they may name: one that is not
/// the section's makes the far end pass them over (RFC 8839 5.1).
pub fn with_credentials(answer: &str, ufrag: &str, password: &str) -> String {
    let line = |line: &str| {
        if line.starts_with("a=ice-ufrag:") {
            return format!("a=ice-ufrag:{ufrag}\r\n");
        }
        if line.starts_with("a=ice-pwd:") {
            return format!("a=ice-pwd:{password}\r\n");
        }
        match line.split_once(" ufrag ") {
            Some((candidate, _)) if line.starts_with("a=candidate:") => format!("{candidate}\r\n"),
            _ => format!("{line}\r\n"),
        }
    };
    lines(answer).map(line).collect()
}

/// An answer of ours with a hint to send no more than we hear.
pub fn with_ears(answer: &str) -> String {
    let Some(opus) = payload_type(&audio_section(answer), OPUS) else { return answer.to_owned() };
    let (parameters, name) = (format!("a=fmtp:{opus} "), format!("a=rtpmap:{opus} "));
    let has_parameters = lines(answer).any(|line| line.starts_with(&parameters));
    let line = |line: &str| match line {
        _ if line.starts_with(&parameters) => format!("{line};{EARS}\r\n"),
        _ if line.starts_with(&name) && !has_parameters => format!("{line}\r\n{parameters}{EARS}\r\n"),
        _ => format!("{line}\r\n"),
    };
    lines(answer).map(line).collect()
}

/// The clock for telephone events: 48 kHz where it is offered, 8 kHz where that alone is, as Firefox does.
pub fn keys_clock(offer: &str) -> Frequency {
    let section = audio_section(offer);
    match (payload_type(&section, EVENTS_48_KHZ), payload_type(&section, EVENTS_8_KHZ)) {
        (None, Some(_)) => Frequency::EIGHT_KHZ,
        _ => Frequency::FORTY_EIGHT_KHZ,
    }
}

fn audio_section(sdp: &str) -> Vec<&str> {
    let from_audio = lines(sdp).skip_while(|line| !line.starts_with("m=audio"));
    let mut section: Vec<&str> = Vec::new();
    for line in from_audio {
        if line.starts_with("m=") && !section.is_empty() {
            break;
        }
        section.push(line);
    }
    section
}

fn payload_type(section: &[&str], name: &str) -> Option<u8> {
    section.iter().find_map(|line| {
        let (number, codec) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
        codec.trim().eq_ignore_ascii_case(name).then(|| number.parse().ok())?
    })
}

/// Whether redundant audio of type `red` has only blocks of type `primary`, as `a=fmtp:63 111/111` says.
fn carries(section: &[&str], red: u8, primary: u8) -> bool {
    section.iter().any(|line| {
        let blocks = line.strip_prefix("a=fmtp:").and_then(|line| line.strip_prefix(&format!("{red} ")));
        blocks.is_some_and(|blocks| blocks.trim().split('/').all(|block| block.parse() == Ok(primary)))
    })
}

fn lines(sdp: &str) -> impl Iterator<Item = &str> {
    sdp.lines().map(str::trim_end).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 AA\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n";

    #[test]
    fn a_plain_offer_is_admitted() {
        assert_eq!(OFFER, admit(OFFER, &mut Named::default()).unwrap());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            ("", "does not begin with v=0"),
            ("hello", "does not begin with v=0"),
            ("v=0\r\nm=video 9 x 96\r\n", "no audio m-line"),
            ("v=0\r\nm=audio 9 x 96\r\n", "no a=fingerprint"),
        ];
        for (sdp, reason) in cases {
            let error = admit(sdp, &mut Named::default()).unwrap_err();
            assert!(error.0.contains(reason), "{sdp:?}: {error}");
        }
        let many = format!("{OFFER}{}", "m=video 9 x 96\r\n".repeat(4));
        assert!(admit(&many, &mut Named::default()).unwrap_err().0.contains("5 m-lines"));
        let long = format!("{OFFER}a=x:{}\r\n", "y".repeat(64 * 1024));
        assert!(admit(&long, &mut Named::default()).unwrap_err().0.contains("bytes"));
        let named = format!("{OFFER}a=ice-ufrag:abcd\r\na=ice-ufrag:{}\r\n", "u".repeat(115));
        assert!(admit(&named, &mut Named::default()).unwrap_err().0.contains("a=ice-ufrag has 115 bytes"));
    }

    #[test]
    fn candidates_beyond_the_limit_are_left_out() {
        let candidates: String = (0..500).map(|n| format!("a=candidate:1 1 udp 1 127.0.0.1 {n} typ host\r\n")).collect();
        let admitted = admit(&format!("{OFFER}{candidates}"), &mut Named::default()).unwrap();
        assert_eq!(limits::REMOTE_CANDIDATES, admitted.matches("a=candidate").count());
    }

    #[test]
    fn redundant_audio_counts_only_if_all_of_it_is_opus() {
        let red = |fmtp: &str| agreed_audio(&format!("{OFFER}a=rtpmap:63 red/48000/2\r\n{fmtp}\r\n")).unwrap().red;
        assert_eq!(Some(63), red("a=fmtp:63 111/111"));
        assert_eq!([None; 4], [red("a=fmtp:63 111/0"), red("a=fmtp:63 /"), red("a=fmtp:6 111/111"), red("")]);
        assert_eq!(None, agreed_audio(OFFER).unwrap().red);
    }

    #[test]
    fn an_answer_says_what_we_hear_with_beside_whatever_else_it_says_of_opus() {
        let with = |fmtp: &str| with_ears(&format!("{OFFER}{fmtp}"));
        let said = with("a=fmtp:111 minptime=10;useinbandfec=1\r\na=fmtp:110 0-15\r\n");
        let ears = "maxplaybackrate=16000;maxaveragebitrate=24000";
        assert!(said.contains(&format!("a=fmtp:111 minptime=10;useinbandfec=1;{ears}\r\na=fmtp:110 0-15\r\n")), "{said}");
        let alone = with("");
        assert!(alone.contains(&format!("opus/48000/2\r\na=fmtp:111 {ears}\r\n")), "{alone}");
        let without = OFFER.replace(OPUS, "PCMU/8000");
        assert_eq!(without, with_ears(&without));
    }

    #[test]
    fn keys_have_the_clock_of_the_voice_where_the_caller_offers_it() {
        let with = |codecs: &[&str]| {
            let lines: String = codecs.iter().map(|codec| format!("a=rtpmap:110 {codec}\r\n")).collect();
            keys_clock(&format!("{OFFER}{lines}"))
        };
        assert_eq!(Frequency::FORTY_EIGHT_KHZ, with(&[]));
        assert_eq!(Frequency::FORTY_EIGHT_KHZ, with(&[EVENTS_48_KHZ]));
        assert_eq!(Frequency::FORTY_EIGHT_KHZ, with(&[EVENTS_8_KHZ, EVENTS_48_KHZ]));
        assert_eq!(Frequency::EIGHT_KHZ, with(&[EVENTS_8_KHZ]));
    }

    #[test]
    fn an_answer_without_opus_is_no_answer() {
        assert_eq!("0", agreed_audio(OFFER).unwrap().mid);
        for sdp in [OFFER.replace("m=audio 9", "m=audio 0"), OFFER.replace("opus/48000/2", "PCMU/8000")] {
            assert!(agreed_audio(&sdp).unwrap_err().0.contains("No common audio codec"));
        }
    }
}
