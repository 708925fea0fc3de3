// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Private keys, and signing.

use std::fmt;

use pkcs8::{
    AssociatedOid, DecodePrivateKey, EncodePrivateKey, EncryptedPrivateKeyInfoRef, LineEnding,
    PrivateKeyInfoRef, SecretDocument,
};
use sm2::{
    Scalar,
    dsa::{
        Signature, SigningKey,
        signature::{RandomizedSigner, Signer, hazmat::PrehashSigner},
    },
    elliptic_curve::Generate,
};
use zeroize::Zeroizing;

use crate::{KeyError, PublicKey, SIGNER_ID, public::EC_PUBLIC_KEY, sm4_key};

const PLAIN_LABEL: &str = "PRIVATE KEY";
const ENCRYPTED_LABEL: &str = "ENCRYPTED PRIVATE KEY";

/// An SM2 private key. Wiped from memory when dropped.
pub struct SecretKey {
    key: sm2::SecretKey,
    public: PublicKey,
}

/// One wrong passphrase in 256 gives bytes whose padding looks right, and which are no key.
fn wrong_passphrase(error: KeyError) -> KeyError {
    match error {
        KeyError::Malformed => KeyError::CannotDecrypt,
        other => other,
    }
}

impl SecretKey {
    /// Makes a key from the system's randomness.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<Self, KeyError> {
        Self::from_sm2(sm2::SecretKey::try_generate().map_err(|_| KeyError::NoRandomness)?)
    }

    /// Reads a PEM PKCS#8 key (RFC 5958), plain or encrypted.
    ///
    /// # Errors
    /// [`KeyError`]: which one says what is wrong with the key or passphrase.
    pub fn from_pem(pem: &str, passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let (label, der) =
            SecretDocument::from_pem(pem).map_err(|_| KeyError::NotPem(PLAIN_LABEL))?;
        match (label, passphrase) {
            (PLAIN_LABEL, _) => Self::from_pkcs8_der(&der),
            (ENCRYPTED_LABEL, None) => Err(KeyError::PassphraseNeeded),
            (ENCRYPTED_LABEL, Some(passphrase)) => {
                if let Some(plain) = sm4_key::decrypt(der.as_bytes(), passphrase) {
                    return Self::from_pkcs8_bytes(&plain).map_err(wrong_passphrase);
                }
                let info = EncryptedPrivateKeyInfoRef::try_from(der.as_bytes())
                    .map_err(|_| KeyError::CannotDecrypt)?;
                let plain = info.decrypt(passphrase).map_err(|_| KeyError::CannotDecrypt)?;
                Self::from_pkcs8_der(&plain).map_err(wrong_passphrase)
            }
            _ => Err(KeyError::NotPem(PLAIN_LABEL)),
        }
    }

    fn from_pkcs8_der(der: &SecretDocument) -> Result<Self, KeyError> {
        Self::from_pkcs8_bytes(der.as_bytes())
    }

    fn from_pkcs8_bytes(der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(|_| KeyError::Malformed)?;
        let curve = info.algorithm.parameters_oid();
        if info.algorithm.oid != EC_PUBLIC_KEY || curve != Ok(sm2::Sm2::OID) {
            return Err(KeyError::WrongCurve);
        }
        Self::from_sm2(sm2::SecretKey::from_pkcs8_der(der).map_err(|_| KeyError::Malformed)?)
    }

    fn from_sm2(key: sm2::SecretKey) -> Result<Self, KeyError> {
        // s = (1+d)^-1 * (k - r*d) (GB/T 32918.2, 6.1): d = n-1 has no such inverse.
        if *key.to_nonzero_scalar().as_ref() + Scalar::ONE == Scalar::ZERO {
            return Err(KeyError::WeakScalar);
        }
        let public = PublicKey::from_sm2(key.public_key())?;
        Ok(Self { key, public })
    }

    /// Writes the key as PEM PKCS#8; encrypted (PBES2: scrypt, AES-256-CBC)
    /// when a passphrase is given.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when the key cannot be encoded.
    pub fn to_pem(&self, passphrase: Option<&[u8]>) -> Result<Zeroizing<String>, KeyError> {
        match passphrase {
            None => self.key.to_pkcs8_pem(LineEnding::LF),
            Some(passphrase) => self.key.to_pkcs8_encrypted_pem(passphrase, LineEnding::LF),
        }
        .map_err(|_| KeyError::Malformed)
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `message`: DER, 70 to 72 bytes, the same bytes each time (the
    /// nonce is derived from key and message as in RFC 6979, with SM3).
    ///
    /// # Errors
    /// [`KeyError::WeakScalar`]: the key cannot sign.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        // A SigningKey is not wiped on drop: it lives for this one call only.
        let signer = SigningKey::new(SIGNER_ID, &self.key).map_err(|_| KeyError::WeakScalar)?;
        let signature: Signature = signer.try_sign(message).map_err(|_| KeyError::WeakScalar)?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl SecretKey {
    /// Signs e and gives r and s, as a token does. Tests use it in place of a token.
    ///
    /// # Errors
    /// [`KeyError::WeakScalar`]: the key cannot sign.
    pub fn sign_digest(&self, e: &[u8; 32]) -> Result<([u8; 32], [u8; 32]), KeyError> {
        let signer = SigningKey::new(SIGNER_ID, &self.key).map_err(|_| KeyError::WeakScalar)?;
        let signature: Signature = signer.sign_prehash(e).map_err(|_| KeyError::WeakScalar)?;
        Ok((signature.r_bytes().into(), signature.s_bytes().into()))
    }

    /// Signs with a nonce that takes the system's randomness as well: other bytes
    /// each time. For keys whose device might be made to repeat a signature with a
    /// fault.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`], [`KeyError::WeakScalar`].
    pub fn sign_hedged(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signer = SigningKey::new(SIGNER_ID, &self.key).map_err(|_| KeyError::WeakScalar)?;
        let signature: Signature = signer
            .try_sign_with_rng(&mut getrandom::SysRng, message)
            .map_err(|_| KeyError::NoRandomness)?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public.id())
    }
}
