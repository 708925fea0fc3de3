// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a certificate or a chain is refused.

use std::fmt;

/// Why a certificate or a chain is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Display says what each one means")]
pub enum CertError {
    // Not a certificate that this program takes.
    NotPem,
    TooLarge,
    TooMany,
    Malformed,
    Version,
    WrongCurve,
    WrongAlgorithm,
    AlgorithmsDiffer,
    DuplicateExtension(String),
    UnknownCritical(String),
    OtherKey,
    // Not a path to the authority.
    Issuer,
    Signature,
    NoBasicConstraints,
    NotAuthority,
    PathLength,
    KeyUsage,
    NoCodeSigning,
    SignerIsAuthority,
    NotYetValid,
    Expired,
    Loop,
}

impl CertError {
    /// A stable name for `--json` and the test vectors.
    pub fn code(&self) -> &'static str {
        use CertError::*;
        match self {
            NotPem => "cert-not-pem",
            TooLarge => "cert-too-large",
            TooMany => "cert-too-many",
            Malformed => "cert-malformed",
            Version => "cert-version",
            WrongCurve => "cert-wrong-curve",
            WrongAlgorithm => "cert-wrong-algorithm",
            AlgorithmsDiffer => "cert-algorithms-differ",
            DuplicateExtension(_) => "cert-duplicate-extension",
            UnknownCritical(_) => "cert-unknown-critical",
            OtherKey => "cert-other-key",
            Issuer => "cert-issuer",
            Signature => "cert-signature",
            NoBasicConstraints => "cert-no-basic-constraints",
            NotAuthority => "cert-not-authority",
            PathLength => "cert-path-length",
            KeyUsage => "cert-key-usage",
            NoCodeSigning => "cert-no-code-signing",
            SignerIsAuthority => "cert-signer-is-authority",
            NotYetValid => "cert-not-yet-valid",
            Expired => "cert-expired",
            Loop => "cert-loop",
        }
    }

    /// Whether the bytes are at fault, and not whom they name or when.
    pub fn is_malformed(&self) -> bool {
        use CertError::*;
        matches!(
            self,
            NotPem
                | TooLarge
                | TooMany
                | Malformed
                | Version
                | WrongCurve
                | WrongAlgorithm
                | AlgorithmsDiffer
                | DuplicateExtension(_)
                | UnknownCritical(_)
                | OtherKey
                | Signature
        )
    }
}

impl fmt::Display for CertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use CertError::*;
        match self {
            NotPem => f.write_str("not PEM with `CERTIFICATE` blocks"),
            TooLarge => f.write_str("the certificate is larger than 4 KiB"),
            TooMany => f.write_str("the chain has more than 4 certificates"),
            Malformed => f.write_str("the certificate is not well-formed DER"),
            Version => f.write_str("the certificate is not of version 3"),
            WrongCurve => f.write_str("the certificate's key is not on the SM2 curve"),
            WrongAlgorithm => f.write_str("the certificate is not signed with SM2 and SM3"),
            AlgorithmsDiffer => f.write_str("the certificate names two signature algorithms"),
            DuplicateExtension(oid) => write!(f, "extension {oid} is there twice"),
            UnknownCritical(oid) => write!(f, "critical extension {oid} is not known"),
            OtherKey => f.write_str("the first certificate is not of the signing key"),
            Issuer => f.write_str("the issuer's name is not that of the next certificate"),
            Signature => f.write_str("the certificate's signature does not verify"),
            NoBasicConstraints => f.write_str("an issuing certificate has no basicConstraints"),
            NotAuthority => f.write_str("an issuing certificate is no authority (CA is false)"),
            PathLength => f.write_str("the chain is longer than an authority allows (pathLen)"),
            KeyUsage => f.write_str("the key may not be used for this (keyUsage)"),
            NoCodeSigning => f.write_str("the certificate is not for code signing (EKU)"),
            SignerIsAuthority => f.write_str("the signer's certificate is an authority's"),
            NotYetValid => f.write_str("the certificate is not valid yet"),
            Expired => f.write_str("the certificate has expired"),
            Loop => f.write_str("a certificate is in the chain twice"),
        }
    }
}

impl std::error::Error for CertError {}
