// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The two digests that name every payload file.

use sha2::Sha256;
use sm3::{Digest, Sm3};

/// SM3 and SHA-256 of one file, as 64 lowercase hexadecimal digits each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// GB/T 32905.
    pub sm3: String,
    /// FIPS 180-4.
    pub sha256: String,
}

impl Digests {
    /// Digests `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sm3: sm3_hex(bytes), sha256: hex(&Sha256::digest(bytes)) }
    }
}

/// SM3 of `bytes` (GB/T 32905), as 64 lowercase hexadecimal digits.
pub fn sm3_hex(bytes: &[u8]) -> String {
    hex(&Sm3::digest(bytes))
}

/// Lowercase hexadecimal digits, two a byte.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two examples of GB/T 32905, Annex A.
    #[test]
    fn sm3_vectors() {
        assert_eq!(
            sm3_hex(b"abc"),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
        assert_eq!(
            sm3_hex("abcd".repeat(16).as_bytes()),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
        );
    }

    /// FIPS 180-4's example.
    #[test]
    fn sha256_vector() {
        assert_eq!(
            Digests::of(b"abc").sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
