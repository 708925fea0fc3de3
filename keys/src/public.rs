// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Public keys, and verification.

use std::fmt;

use pkcs8::{
    AssociatedOid, DecodePublicKey, Document, EncodePublicKey, LineEnding, SubjectPublicKeyInfoRef,
    spki::ObjectIdentifier,
};
use sm2::dsa::{Signature, VerifyingKey, signature::Verifier};
use sm3::{Digest, Sm3};

use crate::{KeyError, KeyId, SIGNER_ID, SignatureError};

/// id-ecPublicKey (RFC 5480, 2.1.1).
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

const PEM_LABEL: &str = "PUBLIC KEY";

/// An SM2 public key, ready to verify under [`SIGNER_ID`].
#[derive(Clone)]
pub struct PublicKey {
    key: VerifyingKey,
    id: KeyId,
}

impl PublicKey {
    /// Reads a PEM SubjectPublicKeyInfo (`-----BEGIN PUBLIC KEY-----`).
    ///
    /// # Errors
    /// [`KeyError::NotPem`], [`KeyError::Malformed`], [`KeyError::WrongCurve`],
    /// [`KeyError::InvalidPoint`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, der) = Document::from_pem(pem).map_err(|_| KeyError::NotPem(PEM_LABEL))?;
        if label != PEM_LABEL {
            return Err(KeyError::NotPem(PEM_LABEL));
        }
        Self::from_der(der.as_bytes())
    }

    /// Reads a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// As [`PublicKey::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| KeyError::Malformed)?;
        let curve = info.algorithm.parameters_oid();
        if info.algorithm.oid != EC_PUBLIC_KEY || curve != Ok(sm2::Sm2::OID) {
            return Err(KeyError::WrongCurve);
        }
        let key = sm2::PublicKey::from_public_key_der(der).map_err(|_| KeyError::InvalidPoint)?;
        Self::from_sm2(key)
    }

    pub(crate) fn from_sm2(key: sm2::PublicKey) -> Result<Self, KeyError> {
        let der = key.to_public_key_der().map_err(|_| KeyError::Malformed)?;
        let id = KeyId(Sm3::digest(der.as_bytes()).into());
        let key = VerifyingKey::new(SIGNER_ID, key).map_err(|_| KeyError::InvalidPoint)?;
        Ok(Self { key, id })
    }

    /// Writes the key as PEM SubjectPublicKeyInfo with `\n` line endings.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when the key cannot be encoded.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        sm2::PublicKey::from(&self.key)
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| KeyError::Malformed)
    }

    /// The point, uncompressed: 04, then both coordinates.
    #[cfg(feature = "sign")]
    pub(crate) fn point(&self) -> Vec<u8> {
        use sm2::elliptic_curve::sec1::ToSec1Point;
        sm2::PublicKey::from(&self.key).to_sec1_point(false).as_bytes().to_vec()
    }

    /// The key's name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Verifies a DER signature over `message`.
    ///
    /// # Errors
    /// The one [`SignatureError`] that says what is wrong.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let parsed = Signature::from_der(signature).map_err(|_| match signature.len() {
            64 => SignatureError::RawNotDer,
            _ => SignatureError::NotDer,
        })?;
        if self.key.verify(message, &parsed).is_ok() {
            return Ok(());
        }
        // OpenSSL takes the empty identifier when it is given none: worth its own message.
        let empty = VerifyingKey::new("", sm2::PublicKey::from(&self.key))
            .is_ok_and(|key| key.verify(message, &parsed).is_ok());
        Err(match empty {
            true => SignatureError::EmptyIdentifier,
            false => SignatureError::Invalid,
        })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for PublicKey {}
