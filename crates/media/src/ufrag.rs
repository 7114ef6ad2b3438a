//! Our ICE credentials. The user fragment says version, shard and a random part, so that a packet from an address nobody has
//! seen finds its thread: `1` + two hex digits of the shard + ten random characters.

use str0m::IceCreds;

pub const VERSION: u8 = b'1';
const RANDOM_CHARS: usize = 10;
/// 22 characters carry the 128 bits RFC 8445 5.3 asks for.
const PASSWORD_CHARS: usize = 22;
/// Random bytes one set of credentials takes.
pub const RANDOM_BYTES: usize = RANDOM_CHARS + PASSWORD_CHARS;
/// ice-char (RFC 8839 5.4), 64 of them.
const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Credentials of a new leg of `shard`.
pub fn credentials(shard: u8, random: &[u8; RANDOM_BYTES]) -> IceCreds {
    let chars: String = random.iter().map(|byte| char::from(ICE_CHARS[usize::from(byte & 63)])).collect();
    let (name, password) = chars.split_at(RANDOM_CHARS);
    IceCreds { ufrag: format!("{}{shard:02x}{name}", char::from(VERSION)), pass: password.to_owned() }
}

/// The shard a user fragment belongs to; None if it is not one of ours.
pub fn shard_of(ufrag: &str) -> Option<u8> {
    let bytes = ufrag.as_bytes();
    if bytes.len() != 3 + RANDOM_CHARS || bytes[0] != VERSION {
        return None;
    }
    u8::from_str_radix(ufrag.get(1..3)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shard_is_read_back_from_the_user_fragment() {
        for shard in [0, 7, 255] {
            let creds = credentials(shard, &[200; RANDOM_BYTES]);
            assert_eq!(Some(shard), shard_of(&creds.ufrag));
            assert_eq!(22, creds.pass.len());
        }
        assert_eq!(None, shard_of("abcd"));
        assert_eq!(None, shard_of("200AAAAAAAAAA"));
        assert_eq!(None, shard_of("1é0AAAAAAAAA"));
    }
}
