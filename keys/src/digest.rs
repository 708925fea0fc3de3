// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The digest that SM2 signs (GB/T 32918.2, 5.5 and 6.1): e = SM3(Z || M), where Z
//! binds the signer's identifier, the curve and the public key. A token computes
//! neither, and is handed e.

use sm3::{Digest, Sm3};

use crate::{KeyError, PublicKey, SIGNER_ID};

/// a, b, and the coordinates of G (GB/T 32918.5, 2).
const CURVE: [&str; 4] = [
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC",
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93",
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7",
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0",
];

impl PublicKey {
    /// e for a message, under [`SIGNER_ID`].
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when the key cannot be encoded.
    pub fn digest(&self, message: &[u8]) -> Result<[u8; 32], KeyError> {
        let point = self.point();
        // 04, then both coordinates.
        let coordinates = point.get(1..65).ok_or(KeyError::Malformed)?;
        let mut z = Sm3::new();
        z.update((SIGNER_ID.len() as u16 * 8).to_be_bytes());
        z.update(SIGNER_ID);
        for number in CURVE {
            z.update(from_hex(number).ok_or(KeyError::Malformed)?);
        }
        z.update(coordinates);
        let mut e = Sm3::new();
        e.update(z.finalize());
        e.update(message);
        Ok(e.finalize().into())
    }
}

/// The 32 bytes of 64 hexadecimal digits.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GB/T 32918.5, Annex A.
    #[test]
    fn the_standards_digest() {
        let pem = "-----BEGIN PUBLIC KEY-----\n\
                   MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAECfnfMR5UIaFQ3X0WHkvFxnIXn60Y\n\
                   M/wHa7CP81bzUCDM6kkM4md1pS3G6nGMwapgCu0F+/NeCEpmMvYHLamtEw==\n\
                   -----END PUBLIC KEY-----\n";
        let key = PublicKey::from_pem(pem).unwrap();
        let e = "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640";
        assert_eq!(Some(key.digest(b"message digest").unwrap()), from_hex(e));
    }
}
