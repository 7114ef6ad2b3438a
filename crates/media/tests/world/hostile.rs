//! A far end that is who it says it is and means harm: it holds the keys of its call, so what it forges passes authentication.
//! It wraps the cryptography that its own legs are made with, learns keys there, and seals whatever it likes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use media::session::Ground;
use str0m::crypto::dtls::{DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion};
use str0m::crypto::{
    AeadAes256Gcm, AeadAes256GcmCipher, CryptoError, CryptoProvider, SrtpProvider, SupportedAeadAes128Gcm,
    SupportedAeadAes256Gcm, SupportedAes128CmSha1_80,
};

/// Length of an authentication tag.
const TAG: usize = AeadAes256Gcm::TAG_LEN;

/// Key and salt of one direction.
type Keys = ([u8; 32], [u8; 12]);

#[derive(Debug, Default)]
struct Book {
    rtp: Option<Keys>,
    rtcp: Option<Keys>,
    reports: u32,
    profiles: Vec<&'static str>,
    /// SCTP packets the honest half has sent.
    spoken: VecDeque<Vec<u8>>,
    /// SCTP packets to send as they are.
    planted: VecDeque<Vec<u8>>,
}

/// What the peer knows, shared with the cryptography it is made with.
#[derive(Clone, Debug)]
pub struct Hostile {
    book: Arc<Mutex<Book>>,
    honest: CryptoProvider,
}

impl Hostile {
    /// The peer, and the ground to make its legs on.
    pub fn on(ground: &Ground) -> (Self, Ground) {
        let hostile = Self { book: Arc::default(), honest: (*ground.crypto).clone() };
        // Providers are static to str0m; a test makes a handful.
        let wrapped: &'static Self = Box::leak(Box::new(hostile.clone()));
        let crypto = CryptoProvider { srtp_provider: wrapped, dtls_provider: wrapped, ..hostile.honest.clone() };
        (hostile, Ground { crypto: Arc::new(crypto), ..ground.clone() })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("nobody panics with it")
    }

    /// The SRTP profiles its ciphers were asked for.
    pub fn profiles(&self) -> Vec<&'static str> {
        self.book().profiles.clone()
    }

    /// One RTP packet as `header` has it; None before the peer itself has sent one.
    pub fn rtp(&self, header: &[u8], payload: &[u8]) -> Option<Vec<u8>> {
        let (key, salt) = self.book().rtp?;
        let sequence = u16::from_be_bytes(header.get(2..4)?.try_into().ok()?);
        let iv = AeadAes256Gcm::rtp_iv(salt, ssrc(header.get(8..12)?), 0, sequence);
        Some([header, &self.sealed(key, iv, header, payload)].concat())
    }

    /// One SRTCP packet around `plain` (RFC 7714 9.2), with an index never used before.
    pub fn rtcp(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let (head, body) = plain.split_at_checked(8)?;
        let mut book = self.book();
        let (key, salt) = book.rtcp?;
        book.reports += 1;
        let index = 1_000_000 + book.reports;
        drop(book);
        let mark = (0x8000_0000 | index).to_be_bytes();
        let iv = AeadAes256Gcm::rtcp_iv(salt, ssrc(&head[4..8]), index);
        Some([head, &self.sealed(key, iv, &[head, &mark].concat(), body), &mark].concat())
    }

    /// Send this over DTLS as if it were SCTP, before the next packet that is.
    pub fn plant(&self, packet: Vec<u8>) {
        self.book().planted.push_back(packet);
    }

    /// SCTP packets the honest half has sent lately.
    pub fn spoken(&self) -> Vec<Vec<u8>> {
        self.book().spoken.iter().cloned().collect()
    }

    fn sealed(&self, key: [u8; 32], iv: [u8; 12], aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut out = vec![0; plain.len() + TAG];
        let mut cipher = self.honest.srtp_provider.aead_aes_256_gcm().create_cipher(key, true);
        cipher.encrypt(&iv, aad, plain, &mut out).expect("sealed");
        out
    }
}

fn ssrc(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("four bytes"))
}

impl SrtpProvider for Hostile {
    fn aes_128_cm_sha1_80(&self) -> &'static dyn SupportedAes128CmSha1_80 {
        self.book().profiles.push("AES_CM_128_HMAC_SHA1_80");
        self.honest.srtp_provider.aes_128_cm_sha1_80()
    }

    fn aead_aes_128_gcm(&self) -> &'static dyn SupportedAeadAes128Gcm {
        self.book().profiles.push("AEAD_AES_128_GCM");
        self.honest.srtp_provider.aead_aes_128_gcm()
    }

    fn aead_aes_256_gcm(&self) -> &'static dyn SupportedAeadAes256Gcm {
        self.book().profiles.push("AEAD_AES_256_GCM");
        Box::leak(Box::new(self.clone()))
    }

    fn srtp_aes_128_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        self.honest.srtp_provider.srtp_aes_128_ecb_round(key, input, output);
    }

    fn srtp_aes_256_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        self.honest.srtp_provider.srtp_aes_256_ecb_round(key, input, output);
    }
}

impl SupportedAeadAes256Gcm for Hostile {
    fn create_cipher(&self, key: [u8; 32], encrypt: bool) -> Box<dyn AeadAes256GcmCipher> {
        let inner = self.honest.srtp_provider.aead_aes_256_gcm().create_cipher(key, encrypt);
        Box::new(Spied { hostile: self.clone(), key, inner })
    }
}

/// A cipher that tells what it is used with.
#[derive(Debug)]
struct Spied {
    hostile: Hostile,
    key: [u8; 32],
    inner: Box<dyn AeadAes256GcmCipher>,
}

impl AeadAes256GcmCipher for Spied {
    fn encrypt(&mut self, iv: &[u8; 12], aad: &[u8], input: &[u8], output: &mut [u8]) -> Result<(), CryptoError> {
        // What is authenticated says what it is: RTCP's packet types stand where RTP has marker and payload type (RFC 5761 4).
        let is_report = (192..=223).contains(&aad[1]);
        let unsalted = if is_report {
            AeadAes256Gcm::rtcp_iv([0; 12], ssrc(&aad[4..8]), ssrc(&aad[8..12]) & 0x7fff_ffff)
        } else {
            AeadAes256Gcm::rtp_iv([0; 12], ssrc(&aad[8..12]), 0, u16::from_be_bytes([aad[2], aad[3]]))
        };
        let salt = std::array::from_fn(|i| iv[i] ^ unsalted[i]);
        let mut book = self.hostile.book();
        let keys = if is_report { &mut book.rtcp } else { &mut book.rtp };
        keys.get_or_insert((self.key, salt));
        drop(book);
        self.inner.encrypt(iv, aad, input, output)
    }

    fn decrypt(&mut self, iv: &[u8; 12], aads: &[&[u8]], input: &[u8], output: &mut [u8]) -> Result<usize, CryptoError> {
        self.inner.decrypt(iv, aads, input, output)
    }
}

impl DtlsProvider for Hostile {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        self.honest.dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let inner = self.honest.dtls_provider.new_dtls(cert, now, version, mtu)?;
        *self.book() = Book::default(); // another call, other keys
        Ok(Box::new(Tapped { hostile: self.clone(), inner }))
    }
}

/// DTLS that carries what was planted beside what SCTP says.
#[derive(Debug)]
struct Tapped {
    hostile: Hostile,
    inner: Box<dyn DtlsInstance>,
}

impl DtlsInstance for Tapped {
    fn set_active(&mut self, active: bool) {
        self.inner.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.inner.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        self.inner.poll_output(buf)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.inner.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        let mut book = self.hostile.book();
        book.spoken.push_back(data.to_vec());
        if book.spoken.len() > 32 {
            book.spoken.pop_front();
        }
        let planted = std::mem::take(&mut book.planted);
        drop(book);
        for packet in planted {
            let _ = self.inner.send_application_data(&packet); // what DTLS refuses is not sent
        }
        self.inner.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.inner.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.inner.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.inner.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.inner.close()
    }
}
