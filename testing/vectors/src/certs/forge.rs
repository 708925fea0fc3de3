// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates put together field by field, and not with the code under test.

use std::{str::FromStr, time::Duration};

use bpfsign_keys::SecretKey;
use der::{
    Decode, Encode, Sequence,
    asn1::{Any, BitString, ObjectIdentifier, OctetString, UtcTime},
    pem::{LineEnding, encode_string},
};
use x509_cert::{
    ext::Extension,
    name::Name,
    serial_number::SerialNumber,
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
    time::{Time, Validity},
};

pub(super) const SM2_WITH_SM3: &str = "1.2.156.10197.1.501";
pub(super) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(super) const KEY_USAGE: &str = "2.5.29.15";
pub(super) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
/// DER of `{ CA: TRUE }`, `{ CA: TRUE, pathLen 0 }`, `{}`.
pub(super) const CA: &[u8] = &[0x30, 3, 1, 1, 0xff];
pub(super) const CA_WITHOUT_CHILDREN: &[u8] = &[0x30, 6, 1, 1, 0xff, 2, 1, 0];
pub(super) const NO_CA: &[u8] = &[0x30, 0];
/// keyCertSign and cRLSign; digitalSignature.
pub(super) const CERT_SIGN: &[u8] = &[3, 2, 1, 0x06];
pub(super) const DIGITAL_SIGNATURE: &[u8] = &[3, 2, 7, 0x80];
/// id-kp-codeSigning; id-kp-serverAuth.
pub(super) const CODE_SIGNING: &[u8] = &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 3];
pub(super) const SERVER_AUTH: &[u8] = &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
/// A key on P-256 (id-ecPublicKey, prime256v1).
pub(super) const P256: &[u8] = &[
    0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,
    7,
];

#[derive(Sequence, Clone)]
pub(super) struct Tbs {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) version: u8,
    pub(super) serial: SerialNumber,
    pub(super) signature: AlgorithmIdentifierOwned,
    pub(super) issuer: Name,
    pub(super) validity: Validity,
    pub(super) subject: Name,
    pub(super) key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    pub(super) extensions: Vec<Extension>,
}

#[derive(Sequence)]
pub(super) struct Signed {
    tbs: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// A certificate that is to be forged.
#[derive(Clone)]
pub(super) struct Forged {
    pub(super) tbs: Tbs,
    pub(super) outer: AlgorithmIdentifierOwned,
}

pub(super) fn algorithm(oid: &str) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: ObjectIdentifier::new(oid).unwrap(), parameters: None }
}

pub(super) fn extension(oid: &str, critical: bool, value: &[u8]) -> Extension {
    let extn_id = ObjectIdentifier::new(oid).unwrap();
    Extension { extn_id, critical, extn_value: OctetString::new(value).unwrap() }
}

pub(super) fn span(from: &str, to: &str) -> Validity {
    // Years from 1970 on, roughly: a day here or there does not matter.
    let time = |year: &str| {
        let years = year.parse::<u64>().unwrap() - 1970;
        let since = Duration::from_secs(years * 31_557_600);
        Time::UtcTime(UtcTime::from_unix_duration(since).unwrap())
    };
    Validity::new(time(from), time(to))
}

pub(super) fn key_of(key: &SecretKey) -> SubjectPublicKeyInfoOwned {
    let pem = key.public().to_pem().unwrap();
    let (_, der) = der::pem::decode_vec(pem.as_bytes()).unwrap();
    SubjectPublicKeyInfoOwned::from_der(&der).unwrap()
}

impl Forged {
    pub(super) fn new(
        subject: &str,
        key: &SecretKey,
        issuer: &str,
        extensions: Vec<Extension>,
    ) -> Self {
        let tbs = Tbs {
            version: 2,
            serial: SerialNumber::new(&[1]).unwrap(),
            signature: algorithm(SM2_WITH_SM3),
            issuer: Name::from_str(issuer).unwrap(),
            validity: span("2020", "2048"),
            subject: Name::from_str(subject).unwrap(),
            key: key_of(key),
            extensions,
        };
        Self { tbs, outer: algorithm(SM2_WITH_SM3) }
    }

    pub(super) fn authority(
        subject: &str,
        key: &SecretKey,
        issuer: &str,
        constraints: &[u8],
    ) -> Self {
        let extensions = vec![
            extension(BASIC_CONSTRAINTS, true, constraints),
            extension(KEY_USAGE, true, CERT_SIGN),
        ];
        Self::new(subject, key, issuer, extensions)
    }

    pub(super) fn signer(subject: &str, key: &SecretKey, issuer: &str) -> Self {
        let extensions = vec![
            extension(BASIC_CONSTRAINTS, true, NO_CA),
            extension(KEY_USAGE, true, DIGITAL_SIGNATURE),
            extension(EXTENDED_KEY_USAGE, false, CODE_SIGNING),
        ];
        Self::new(subject, key, issuer, extensions)
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(super) fn sign(&self, issuer: &SecretKey) -> String {
        let tbs = self.tbs.to_der().unwrap();
        let signature = issuer.sign(&tbs).unwrap();
        let signed = Signed {
            tbs: Any::from_der(&tbs).unwrap(),
            algorithm: self.outer.clone(),
            signature: BitString::from_bytes(&signature).unwrap(),
        };
        encode_string("CERTIFICATE", LineEnding::LF, &signed.to_der().unwrap()).unwrap()
    }
}
