// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a key or a signature is refused.

use std::fmt;

/// Why key material was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// Not the expected PEM block (the label that is wanted).
    NotPem(&'static str),
    /// The PEM block does not hold well-formed DER of that kind.
    Malformed,
    /// An elliptic-curve key, or another kind of key, that is not on the SM2 curve.
    WrongCurve,
    /// The point is not on the curve, or is the point at infinity.
    InvalidPoint,
    /// The private scalar cannot sign: it is n-1, for which 1+d has no inverse.
    WeakScalar,
    /// The private key is encrypted and no passphrase was given.
    PassphraseNeeded,
    /// The passphrase is wrong, or the encryption scheme is not supported.
    CannotDecrypt,
    /// The system gave no randomness.
    NoRandomness,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPem(label) => write!(f, "not a PEM file with a `{label}` block"),
            Self::Malformed => f.write_str("the PEM block does not hold a well-formed key"),
            Self::WrongCurve => f.write_str("the key is not on the SM2 curve"),
            Self::InvalidPoint => f.write_str("the public point is not on the SM2 curve"),
            Self::WeakScalar => f.write_str("the private key n-1 cannot sign"),
            Self::PassphraseNeeded => f.write_str("the private key is encrypted"),
            Self::CannotDecrypt => {
                f.write_str("wrong passphrase, or an unsupported encryption scheme")
            }
            Self::NoRandomness => f.write_str("the system gave no randomness"),
        }
    }
}

impl std::error::Error for KeyError {}

/// Why a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// 64 bytes of r and s, where DER is wanted (GM/T 0009, 7.3).
    RawNotDer,
    /// Not a strict DER `SEQUENCE { INTEGER r, INTEGER s }` with r, s in 1..n.
    NotDer,
    /// A valid signature, but made with the empty signer identifier.
    EmptyIdentifier,
    /// Does not verify with this key over these bytes.
    Invalid,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RawNotDer => "the signature is raw r||s, not DER",
            Self::NotDer => "the signature is not strict DER",
            Self::EmptyIdentifier => "the signature was made with the empty signer identifier",
            Self::Invalid => "the signature does not match these bytes and this key",
        })
    }
}

impl std::error::Error for SignatureError {}
