// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Private keys as GmSSL encrypts them: PKCS#8 with PBES2 (RFC 8018, 6.2) over
//! PBKDF2 with HMAC-SM3 and SM4-CBC (GM/T 0091).

use cbc::{
    Decryptor,
    cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7},
};
use der::{
    Any, Decode, Sequence,
    asn1::{ObjectIdentifier, OctetString},
};
use sm3::Sm3;
use sm4::Sm4;
use zeroize::Zeroizing;

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const HMAC_SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.401.2");
const SM4_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.104.2");
/// More would only keep this program busy.
const MOST_ITERATIONS: u32 = 10_000_000;
/// An SM4 key, in bytes.
const KEY: usize = 16;

#[derive(Sequence)]
struct Algorithm {
    oid: ObjectIdentifier,
    #[asn1(optional = "true")]
    parameters: Option<Any>,
}

#[derive(Sequence)]
struct Encrypted {
    algorithm: Algorithm,
    data: OctetString,
}

#[derive(Sequence)]
struct Scheme {
    derivation: Algorithm,
    encryption: Algorithm,
}

#[derive(Sequence)]
struct Derivation {
    salt: OctetString,
    iterations: u32,
    #[asn1(optional = "true")]
    key_length: Option<u32>,
    #[asn1(optional = "true")]
    function: Option<Algorithm>,
}

/// Decrypts an EncryptedPrivateKeyInfo of this kind; `None` when it is of
/// another, or the passphrase is wrong.
pub(crate) fn decrypt(der: &[u8], passphrase: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let encrypted = Encrypted::from_der(der).ok()?;
    if encrypted.algorithm.oid != PBES2 {
        return None;
    }
    let scheme: Scheme = encrypted.algorithm.parameters?.decode_as().ok()?;
    let derivation: Derivation = scheme.derivation.parameters?.decode_as().ok()?;
    let known = scheme.derivation.oid == PBKDF2
        && scheme.encryption.oid == SM4_CBC
        && derivation.function.is_some_and(|f| f.oid == HMAC_SM3)
        && derivation.key_length.is_none_or(|n| n as usize == KEY)
        && (1..=MOST_ITERATIONS).contains(&derivation.iterations);
    if !known {
        return None;
    }
    let iv: OctetString = scheme.encryption.parameters?.decode_as().ok()?;
    let mut key = Zeroizing::new([0; KEY]);
    let salt = derivation.salt.as_bytes();
    pbkdf2::pbkdf2_hmac::<Sm3>(passphrase, salt, derivation.iterations, key.as_mut());
    let cipher = Decryptor::<Sm4>::new_from_slices(key.as_ref(), iv.as_bytes()).ok()?;
    // Decrypted in place, so that no copy is left behind.
    let mut data = Zeroizing::new(encrypted.data.as_bytes().to_vec());
    let length = cipher.decrypt_padded::<Pkcs7>(&mut data).ok()?.len();
    data.truncate(length);
    Some(data)
}
