// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One certificate.

use std::{fmt, time::Duration};

use pkcs8::Document;
use sm3::{Digest, Sm3};
use x509_cert::der::{
    Decode, Encode, Reader, SliceReader,
    asn1::{AnyRef, ObjectIdentifier},
};

use super::{CertError, LABEL, SM2_WITH_SM3, extensions::Uses, limits};
use crate::{PublicKey, public::EC_PUBLIC_KEY};

/// An SM2 certificate, well-formed and not trusted.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    /// The signed part, as it came.
    tbs: Vec<u8>,
    signature: Vec<u8>,
    key: PublicKey,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    /// The subject as people write it.
    name: String,
    /// Since 1970-01-01 UTC.
    pub(super) valid: (Duration, Duration),
    pub(super) uses: Uses,
}

impl Certificate {
    /// Reads the certificates of a PEM file, in its order.
    ///
    /// # Errors
    /// The [`CertError`] of the first that is refused.
    pub fn from_pem(text: &[u8]) -> Result<Vec<Self>, CertError> {
        if text.len() > limits::PEM_BYTES {
            return Err(CertError::TooLarge);
        }
        let text = str::from_utf8(text).map_err(|_| CertError::NotPem)?;
        const END: &str = "-----END CERTIFICATE-----";
        let mut certificates = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let end = rest.find(END).ok_or(CertError::NotPem)? + END.len();
            let block = &rest[..end];
            // PEM whose content is not DER is malformed; other text is not PEM at all.
            let wrong = match block.starts_with("-----BEGIN CERTIFICATE-----") {
                true => CertError::Malformed,
                false => CertError::NotPem,
            };
            let (label, der) = Document::from_pem(block).map_err(|_| wrong)?;
            if label != LABEL {
                return Err(CertError::NotPem);
            }
            if certificates.len() == limits::CHAIN {
                return Err(CertError::TooMany);
            }
            certificates.push(Self::from_der(der.as_bytes())?);
            rest = rest[end..].trim_start();
        }
        match certificates.is_empty() {
            true => Err(CertError::NotPem),
            false => Ok(certificates),
        }
    }

    /// Reads one certificate.
    ///
    /// # Errors
    /// The [`CertError`] that says what is wrong with it.
    pub fn from_der(der: &[u8]) -> Result<Self, CertError> {
        let malformed = |_| CertError::Malformed;
        if der.len() > limits::DER_BYTES {
            return Err(CertError::TooLarge);
        }
        let parsed = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        // One encoding: what was read is written as the same bytes.
        if parsed.to_der().map_err(malformed)? != der {
            return Err(CertError::Malformed);
        }
        let tbs = parsed.tbs_certificate();
        if tbs.version() != x509_cert::certificate::Version::V3 {
            return Err(CertError::Version);
        }
        let (inner, outer) = (tbs.signature(), parsed.signature_algorithm());
        if inner != outer {
            return Err(CertError::AlgorithmsDiffer);
        }
        if outer.oid != SM2_WITH_SM3 || outer.parameters.is_some() {
            return Err(CertError::WrongAlgorithm);
        }
        let info = tbs.subject_public_key_info();
        let curve = info.algorithm.parameters.as_ref().map(|p| p.decode_as::<ObjectIdentifier>());
        let sm2 = <sm2::Sm2 as pkcs8::AssociatedOid>::OID;
        if info.algorithm.oid != EC_PUBLIC_KEY || curve != Some(Ok(sm2)) {
            return Err(CertError::WrongCurve);
        }
        let key = info.to_der().map_err(malformed)?;
        let key = PublicKey::from_der(&key).map_err(|_| CertError::WrongCurve)?;
        let seconds = |time: &x509_cert::time::Time| time.to_unix_duration();
        let validity = tbs.validity();
        Ok(Self {
            der: der.to_vec(),
            tbs: signed_part(der).ok_or(CertError::Malformed)?,
            signature: parsed.signature().as_bytes().ok_or(CertError::Malformed)?.to_vec(),
            key,
            issuer: tbs.issuer().to_der().map_err(malformed)?,
            subject: tbs.subject().to_der().map_err(malformed)?,
            name: tbs.subject().to_string(),
            valid: (seconds(&validity.not_before), seconds(&validity.not_after)),
            uses: Uses::read(tbs.extensions().map(Vec::as_slice).unwrap_or_default())?,
        })
    }

    /// Its key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The subject: `CN=signer`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SM3 of its DER, 64 hexadecimal digits.
    pub fn sm3(&self) -> String {
        Sm3::digest(&self.der).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The DER that it was read from.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// When it is valid, since 1970-01-01 UTC.
    pub fn validity(&self) -> (Duration, Duration) {
        self.valid
    }

    /// Whether it says that it is an authority.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        matches!(self.uses.authority, Some((true, _)))
    }

    /// Whether `issuer`'s name is that of its issuer.
    #[must_use]
    pub fn is_issued_by(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject
    }

    /// Whether `issuer` signed it.
    pub(super) fn check_signature(&self, issuer: &Self) -> Result<(), CertError> {
        issuer.key.verify(&self.tbs, &self.signature).map_err(|_| CertError::Signature)
    }
}

/// The TBSCertificate in its original bytes.
fn signed_part(der: &[u8]) -> Option<Vec<u8>> {
    let outer = AnyRef::from_der(der).ok()?;
    let mut reader = SliceReader::new(outer.value()).ok()?;
    reader.tlv_bytes().ok().map(<[u8]>::to_vec)
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.name, self.key.id())
    }
}
