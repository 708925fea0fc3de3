// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Making certificates and requests (PKCS#10, RFC 2986), for the author's side.

use std::{str::FromStr, time::Duration};

use pkcs8::{Document, LineEnding};
use x509_cert::{
    der::{
        Decode, Encode, Sequence,
        asn1::{BitString, GeneralizedTime, OctetString, SetOfVec, UtcTime},
        flagset::FlagSet,
    },
    ext::{
        Extension,
        pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages},
    },
    name::Name,
    request::{CertReq, CertReqInfo},
    serial_number::SerialNumber,
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
    time::{Time, Validity},
};

use super::{CertError, Certificate, LABEL, SM2_WITH_SM3};
use crate::{KeyError, PublicKey, SecretKey, Signer, SignerError};

/// The PEM label of a request (RFC 7468, 7).
const REQUEST_LABEL: &str = "CERTIFICATE REQUEST";

/// A subject's name: `CN=signer,O=example`.
#[derive(Debug, Clone)]
pub struct Subject(Name);

impl Subject {
    /// Parses a name as RFC 4514 writes it.
    ///
    /// # Errors
    /// [`CertError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, CertError> {
        let name = Name::from_str(text).map_err(|_| CertError::Malformed)?;
        match name.is_empty() {
            true => Err(CertError::Malformed),
            false => Ok(Self(name)),
        }
    }
}

/// A request for a certificate, signed by the key that it is for.
#[derive(Debug)]
pub struct Request {
    subject: Name,
    key: PublicKey,
}

impl Request {
    /// Makes a request in PEM.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn make(subject: &Subject, key: &dyn Signer) -> Result<String, SignerError> {
        let malformed = |_| KeyError::Malformed;
        let info = CertReqInfo {
            version: x509_cert::request::Version::V1,
            subject: subject.0.clone(),
            public_key: spki(key.public())?,
            attributes: SetOfVec::new(),
        };
        let signature = key.sign(&info.to_der().map_err(malformed)?)?;
        let request = CertReq {
            info,
            algorithm: algorithm(),
            signature: BitString::from_bytes(&signature).map_err(malformed)?,
        };
        Ok(pem(&request, REQUEST_LABEL)?)
    }

    /// Reads a request in PEM, and checks that its key signed it.
    ///
    /// # Errors
    /// [`CertError`].
    pub fn read(text: &str) -> Result<Self, CertError> {
        let (label, der) = Document::from_pem(text).map_err(|_| CertError::NotPem)?;
        // OpenSSL's older tools write the first.
        if !["NEW CERTIFICATE REQUEST", REQUEST_LABEL].contains(&label) {
            return Err(CertError::NotPem);
        }
        let malformed = |_| CertError::Malformed;
        let request = CertReq::from_der(der.as_bytes()).map_err(malformed)?;
        if request.algorithm.oid != SM2_WITH_SM3 {
            return Err(CertError::WrongAlgorithm);
        }
        let key = request.info.public_key.to_der().map_err(malformed)?;
        let key = PublicKey::from_der(&key).map_err(|_| CertError::WrongCurve)?;
        let signed = request.info.to_der().map_err(malformed)?;
        let signature = request.signature.as_bytes().ok_or(CertError::Malformed)?;
        key.verify(&signed, signature).map_err(|_| CertError::Signature)?;
        Ok(Self { subject: request.info.subject, key })
    }
}

/// A certificate to make.
#[derive(Debug)]
pub struct Issue {
    subject: Name,
    key: PublicKey,
    /// An authority, and how many more may follow it; otherwise a signer.
    authority: Option<Option<u8>>,
    valid: (Duration, Duration),
}

/// `TBSCertificate` (RFC 5280, 4.1), of version 3, without the unique
/// identifiers that no certificate has any more.
#[derive(Sequence)]
struct Tbs {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Signed {
    tbs: Tbs,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

impl Issue {
    /// For a subject and its key, valid in a span since 1970-01-01 UTC.
    pub fn new(subject: &Subject, key: &PublicKey, valid: (Duration, Duration)) -> Self {
        Self { subject: subject.0.clone(), key: key.clone(), authority: None, valid }
    }

    /// For whoever made a request.
    pub fn requested(request: Request, valid: (Duration, Duration)) -> Self {
        Self { subject: request.subject, key: request.key, authority: None, valid }
    }

    /// An authority, with at most so many authorities below it.
    pub fn authority(self, path_length: Option<u8>) -> Self {
        Self { authority: Some(path_length), ..self }
    }

    /// Signs it by `issuer`, or by itself; PEM.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn sign(
        self,
        issuer: Option<&Certificate>,
        key: &dyn Signer,
    ) -> Result<String, SignerError> {
        let malformed = |_| KeyError::Malformed;
        let issuer = match issuer {
            None => self.subject.clone(),
            Some(issuer) => {
                let parsed = x509_cert::Certificate::from_der(issuer.der()).map_err(malformed)?;
                parsed.tbs_certificate().subject().clone()
            }
        };
        let tbs = Tbs {
            version: 2,
            serial: SerialNumber::new(&serial()?).map_err(malformed)?,
            signature: algorithm(),
            issuer,
            validity: Validity::new(time(self.valid.0)?, time(self.valid.1)?),
            extensions: self.extensions().map_err(malformed)?,
            subject: self.subject,
            key: spki(&self.key)?,
        };
        let signature = key.sign(&tbs.to_der().map_err(malformed)?)?;
        let signature = BitString::from_bytes(&signature).map_err(malformed)?;
        Ok(pem(&Signed { tbs, algorithm: algorithm(), signature }, LABEL)?)
    }

    fn extensions(&self) -> Result<Vec<Extension>, x509_cert::der::Error> {
        let usage = match self.authority {
            Some(_) => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
            None => FlagSet::from(KeyUsages::DigitalSignature),
        };
        let constraints = BasicConstraints {
            ca: self.authority.is_some(),
            path_len_constraint: self.authority.flatten(),
        };
        let mut extensions = vec![
            extension("2.5.29.19", true, &constraints)?,
            extension("2.5.29.15", true, &KeyUsage(usage))?,
        ];
        if self.authority.is_none() {
            let code_signing = x509_cert::der::asn1::ObjectIdentifier::new("1.3.6.1.5.5.7.3.3");
            let usage = ExtendedKeyUsage(code_signing.into_iter().collect());
            extensions.push(extension("2.5.29.37", true, &usage)?);
        }
        Ok(extensions)
    }
}

fn extension(id: &str, critical: bool, value: &impl Encode) -> x509_cert::der::Result<Extension> {
    Ok(Extension { extn_id: id.parse()?, critical, extn_value: OctetString::new(value.to_der()?)? })
}

fn algorithm() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: SM2_WITH_SM3, parameters: None }
}

fn spki(key: &PublicKey) -> Result<SubjectPublicKeyInfoOwned, KeyError> {
    let pem = key.to_pem()?;
    let (_, der) = Document::from_pem(&pem).map_err(|_| KeyError::Malformed)?;
    SubjectPublicKeyInfoOwned::from_der(der.as_bytes()).map_err(|_| KeyError::Malformed)
}

/// Sixteen random bytes, positive.
fn serial() -> Result<[u8; 16], KeyError> {
    let key = SecretKey::generate()?;
    let id = key.public().id().0;
    let mut serial = [0; 16];
    serial.copy_from_slice(&id[..16]);
    serial[0] = serial[0] & 0x3f | 0x40;
    Ok(serial)
}

fn time(since_1970: Duration) -> Result<Time, KeyError> {
    // RFC 5280, 4.1.2.5: UTCTime until 2049.
    let utc = UtcTime::from_unix_duration(since_1970).map(Time::UtcTime);
    let general = || GeneralizedTime::from_unix_duration(since_1970).map(Time::GeneralTime);
    utc.or_else(|_| general()).map_err(|_| KeyError::Malformed)
}

fn pem(value: &impl Encode, label: &'static str) -> Result<String, KeyError> {
    let der = value.to_der().map_err(|_| KeyError::Malformed)?;
    let document = Document::try_from(der).map_err(|_| KeyError::Malformed)?;
    document.to_pem(label, LineEnding::LF).map_err(|_| KeyError::Malformed)
}
