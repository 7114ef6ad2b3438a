//! What a leg is made of before it lives: the shard's common ground, its own identity and options, and str0m's configuration.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use str0m::config::{CryptoProvider, DtlsCert};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, Pt};
use str0m::rtp::{Extension, ExtensionMap};
use str0m::{IceCreds, RtcConfig};

use crate::clock::Epoch;
use crate::codec::Format;
use crate::limits;
use crate::session::QUALITY_INTERVAL;

/// RFC 4733 events. Only one clock is ever configured, 48 kHz where the caller has it: with 8 kHz offered too, Chromium sends only
/// end packets of a wrong duration.
const TELEPHONE_EVENT: u8 = 110;

/// What one leg wants.
#[derive(Clone, Debug)]
pub struct Options {
    pub format: Format,
    /// Choose the Opus mode by what the far end reports, beginning with low delay; else it stays as `format` has it.
    pub adaptive: bool,
    /// Sense speech.
    pub gated: bool,
    /// Fill the far end's pauses with silence.
    pub continuous: bool,
    /// The far end does not cancel echo: mute what comes back of the agent's own voice.
    pub echoes: bool,
    /// Send silence while there is nothing to play, as a browser's open microphone does.
    pub open_microphone: bool,
    /// Leave the far end's silence undecoded while nobody needs it.
    pub resting: bool,
    /// Run the gate's network over silence as over anything else: for measuring what leaving that out saves.
    pub gate_on_silence: bool,
    /// Send back what comes, as it came, and neither hear nor speak: for measuring the transport alone.
    pub reflecting: bool,
    /// The clock of the keys the far end presses.
    pub keys: Frequency,
}

impl Options {
    /// For a leg that behaves like a browser.
    pub fn caller() -> Self {
        Self { adaptive: false, gated: false, continuous: false, open_microphone: true, resting: false, ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::default(),
            adaptive: true,
            gated: true,
            continuous: true,
            echoes: false,
            open_microphone: false,
            resting: true,
            gate_on_silence: false,
            reflecting: false,
            keys: Frequency::FORTY_EIGHT_KHZ,
        }
    }
}

/// What every leg of a shard shares. Making the certificate and naming the provider once saves a tenth of a leg's setup.
#[derive(Clone)]
pub struct Ground {
    pub crypto: Arc<CryptoProvider>,
    pub certificate: DtlsCert,
    pub epoch: Epoch,
    /// Where answered legs may be reached over TCP as well.
    pub tcp: Vec<SocketAddr>,
}

impl Ground {
    pub fn new(epoch: Epoch) -> Self {
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        #[allow(clippy::expect_used)] // aws-lc generates P-256 keys from the system's randomness; without it nothing works
        let certificate = crypto.dtls_provider.generate_certificate().expect("aws-lc generates certificates");
        Self { crypto, certificate, epoch, tcp: Vec::new() }
    }
}

/// What distinguishes one leg from the next: all of it random, drawn by the caller.
#[derive(Clone, Debug)]
pub struct Identity {
    pub credentials: IceCreds,
    pub first_ts: u32,
    pub first_seq: u16,
    pub phase: Duration,
}

/// str0m as every leg uses it.
pub fn configuration(ground: &Ground, credentials: IceCreds, keys: Frequency) -> RtcConfig {
    // No transport-cc: it would cost 19 RTCP packets a second and nothing here uses it (reference: media core 12.4).
    let mut extensions = ExtensionMap::empty();
    extensions.set(1, Extension::AudioLevel);
    extensions.set(4, Extension::RtpMid);
    // Opus with RED, which str0m's answers name first: in every call Chromium sends a copy of the packet before in each one then
    // (docs/decisions/0007-ask-for-what-is-heard.md).
    let mut config = RtcConfig::new()
        .set_crypto_provider(ground.crypto.clone())
        .set_dtls_cert(ground.certificate.clone())
        .set_local_ice_credentials(credentials)
        .set_ice_lite(false)
        .set_rtp_mode(true)
        .clear_codecs()
        .enable_opus(true, true)
        .set_extension_map(extensions)
        .set_stats_interval(Some(QUALITY_INTERVAL))
        .set_rtcp_report_interval_audio(QUALITY_INTERVAL)
        .set_sctp_max_message_size(limits::DATA_MESSAGE_BYTES as u32);
    config.codec_config().add_config(
        Pt::from(TELEPHONE_EVENT),
        None,
        Codec::Tele,
        keys,
        None,
        FormatParams { telephone_event_max: Some(15), ..FormatParams::default() },
    );
    config
}
