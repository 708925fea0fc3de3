// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a certificate or a chain is refused.

use bpfsign_reasons::{ExitCode, reasons};

reasons! {
    /// Why a certificate or a chain is refused: it is not one that this program takes, or it
    /// does not lead to the authority.
    #[derive(Clone, PartialEq, Eq)]
    pub enum CertError {
        /// The text is not PEM, or has other blocks than certificates.
        NotPem => "cert-not-pem", NotAuthentic,
            "not PEM with `CERTIFICATE` blocks",
            "give certificates in PEM, the signer's first";
        /// A certificate is larger than 4 KiB.
        TooLarge => "cert-too-large", NotAuthentic,
            "the certificate is larger than 4 KiB",
            "have a smaller certificate issued";
        /// The chain has more than 4 certificates. Leave out the authority's own, and have
        /// fewer authorities between.
        TooMany => "cert-too-many", NotAuthentic,
            "the chain has more than 4 certificates",
            "leave out the authority's own certificate, and have fewer between";
        /// The bytes are not the DER of a certificate.
        Malformed => "cert-malformed", NotAuthentic,
            "the certificate is not well-formed DER",
            "get the certificate again from who issued it";
        /// The certificate is of version 1 or 2, which have no extensions.
        Version => "cert-version", NotAuthentic,
            "the certificate is not of version 3",
            "have a certificate of version 3 issued";
        /// The certificate is for a key that is not on the SM2 curve.
        WrongCurve => "cert-wrong-curve", NotAuthentic,
            "the certificate's key is not on the SM2 curve",
            "have a certificate for an SM2 key issued";
        /// The certificate is signed with something else than SM2 and SM3.
        WrongAlgorithm => "cert-wrong-algorithm", NotAuthentic,
            "the certificate is not signed with SM2 and SM3",
            "have a certificate issued by an authority that signs with SM2 and SM3";
        /// The certificate names one signature algorithm inside and another outside.
        AlgorithmsDiffer => "cert-algorithms-differ", NotAuthentic,
            "the certificate names two signature algorithms",
            "get the certificate again from who issued it";
        /// An extension, whose OID is given, is there twice.
        DuplicateExtension(oid: String) => "cert-duplicate-extension", NotAuthentic,
            "extension {oid} is there twice",
            "have the certificate issued again, with each extension once";
        /// A critical extension, whose OID is given, is not known here, so that the
        /// certificate cannot be judged.
        UnknownCritical(oid: String) => "cert-unknown-critical", NotAuthentic,
            "critical extension {oid} is not known",
            "have the certificate issued without this extension";
        /// The first certificate of the chain is not of the key that signed.
        OtherKey => "cert-other-key", NotAuthentic,
            "the first certificate is not of the signing key",
            "put the signer's own certificate first";
        /// A certificate is not issued by the next one of the chain.
        Issuer => "cert-issuer", NotTrusted,
            "the issuer's name is not that of the next certificate",
            "order the chain from the signer up, with nothing left out";
        /// A certificate's signature does not verify with the key of the next one.
        Signature => "cert-signature", NotAuthentic,
            "the certificate's signature does not verify",
            "get the certificate again from who issued it";
        /// A certificate that issued another does not say whether it may.
        NoBasicConstraints => "cert-no-basic-constraints", NotTrusted,
            "an issuing certificate has no basicConstraints",
            "have it signed with a certificate that the policy's authority issued";
        /// A certificate that issued another does not belong to an authority.
        NotAuthority => "cert-not-authority", NotTrusted,
            "an issuing certificate is not an authority's (CA is false)",
            "have it signed with a certificate that the policy's authority issued";
        /// More certificates follow an authority's than it allows.
        PathLength => "cert-path-length", NotTrusted,
            "the chain is longer than an authority allows (pathLen)",
            "have the certificate issued with fewer authorities between";
        /// A certificate's key may not sign, or an authority's may not issue certificates.
        KeyUsage => "cert-key-usage", NotTrusted,
            "the key may not be used for this (keyUsage)",
            "have a certificate with keyUsage digitalSignature issued";
        /// The signer's certificate is for something else than signing code.
        NoCodeSigning => "cert-no-code-signing", NotTrusted,
            "the certificate is not for code signing (EKU)",
            "have a certificate with extendedKeyUsage codeSigning issued";
        /// The signer's certificate is an authority's, which must not sign packages.
        SignerIsAuthority => "cert-signer-is-authority", NotTrusted,
            "the signer's certificate is an authority's",
            "sign with a key whose certificate is no authority's";
        /// A certificate's time has not come. Check the clock.
        NotYetValid => "cert-not-yet-valid", NotTrusted,
            "the certificate is not valid yet",
            "check the clock of this machine, or wait";
        /// A certificate's time is over.
        Expired => "cert-expired", NotTrusted,
            "the certificate has expired",
            "have it signed with a certificate that is valid today";
        /// A certificate or its key is in the chain twice, which would lead nowhere.
        Loop => "cert-loop", NotTrusted,
            "a certificate is in the chain twice",
            "leave out the authority's own certificate, and give each other once";
    }
}

impl CertError {
    /// Whether the bytes are wrong, as opposed to whom the certificate names and when it is
    /// valid.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        self.exit_code() == ExitCode::NotAuthentic
    }
}
