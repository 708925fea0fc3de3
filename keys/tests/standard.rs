// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The standard's own example (GB/T 32918.5, Annex A).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use bpfsign_keys::{PublicKey, SignatureError};
use pkcs8::{Document, LineEnding, spki::EncodePublicKey as _};
use sm2::dsa::Signature;

const D: &str = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";
const POINT: &str = "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020\
                     CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13";
const R: &str = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3";
const S: &str = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA";
const MESSAGE: &[u8] = b"message digest";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

fn standard_key() -> PublicKey {
    let key = sm2::PublicKey::from_sec1_bytes(&bytes(POINT)).unwrap();
    PublicKey::from_pem(&key.to_public_key_pem(LineEnding::LF).unwrap()).unwrap()
}

fn standard_signature() -> Vec<u8> {
    let raw = bytes(&format!("{R}{S}"));
    Signature::from_slice(&raw).unwrap().to_der().as_bytes().to_vec()
}

#[test]
fn verifies_the_standards_signature() {
    standard_key().verify(MESSAGE, &standard_signature()).unwrap();
}

#[test]
fn the_standards_private_key_gives_its_public_key() {
    let secret = sm2::SecretKey::from_slice(&bytes(D)).unwrap();
    assert_eq!(secret.public_key().to_sec1_bytes().as_ref(), bytes(POINT));
}

#[test]
fn refuses_each_wrong_signature_with_its_own_error() {
    let key = standard_key();
    let der = standard_signature();
    let raw = bytes(&format!("{R}{S}"));
    assert_eq!(key.verify(b"message digesT", &der), Err(SignatureError::Invalid));
    assert_eq!(key.verify(MESSAGE, &raw), Err(SignatureError::RawNotDer));
    assert_eq!(key.verify(MESSAGE, &der[..der.len() - 1]), Err(SignatureError::NotDer));
    assert_eq!(key.verify(MESSAGE, &[der.clone(), vec![0]].concat()), Err(SignatureError::NotDer));
    assert_eq!(key.verify(MESSAGE, &[]), Err(SignatureError::NotDer));
}

/// Every bit of the signature matters.
#[test]
fn refuses_every_flipped_bit() {
    let key = standard_key();
    let der = standard_signature();
    for bit in 0..der.len() * 8 {
        let mut flipped = der.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(key.verify(MESSAGE, &flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn refuses_keys_that_are_not_sm2() {
    use bpfsign_keys::KeyError;
    let p256 = "-----BEGIN PUBLIC KEY-----\n\
         MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n\
         6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n\
         -----END PUBLIC KEY-----\n";
    assert_eq!(PublicKey::from_pem(p256), Err(KeyError::WrongCurve));

    let good = standard_key().to_pem().unwrap();
    let der = Document::from_pem(&good).unwrap().1;
    let mut off_curve = der.as_bytes().to_vec();
    *off_curve.last_mut().unwrap() ^= 1;
    let pem = Document::try_from(off_curve).unwrap().to_pem("PUBLIC KEY", LineEnding::LF).unwrap();
    assert_eq!(PublicKey::from_pem(&pem), Err(KeyError::InvalidPoint));

    let private = good.replace("PUBLIC KEY", "PRIVATE KEY");
    assert_eq!(PublicKey::from_pem(&private), Err(KeyError::NotPem("PUBLIC KEY")));
    assert_eq!(PublicKey::from_pem("no key"), Err(KeyError::NotPem("PUBLIC KEY")));
}
