// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The name of a key.

use std::fmt;

/// A key's name: the SM3 of its DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7),
/// 32 bytes, written as 64 lowercase hexadecimal digits.
///
/// `openssl pkey -pubin -in K.pub -outform DER | openssl dgst -sm3` prints it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(crate) [u8; 32]);

impl KeyId {
    /// Parses exactly 64 lowercase hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut id = [0; 32];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(id))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_and_is_strict() {
        let text = "00ff".repeat(16);
        assert_eq!(KeyId::from_hex(&text).unwrap().to_string(), text);
        assert_eq!(KeyId::from_hex(&text.to_uppercase()), None);
        assert_eq!(KeyId::from_hex(&text[1..]), None);
        assert_eq!(KeyId::from_hex(&"é".repeat(32)), None);
    }
}
