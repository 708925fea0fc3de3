// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SM2 certificates (X.509, RFC 5280; GM/T 0015): reading, path validation, and
//! for the author's side issuing.
//!
//! Signatures are checked over the bytes as they came, never over a new encoding.

mod error;
mod extensions;
#[cfg(feature = "sign")]
mod issue;
mod parse;
mod path;

pub use error::CertError;
#[cfg(feature = "sign")]
pub use issue::{Issue, Request, Subject};
pub use parse::Certificate;
pub use path::Chain;

/// Bounds that are enforced before anything is parsed.
pub mod limits {
    /// A file of certificates in PEM, in bytes.
    pub const PEM_BYTES: usize = 16 * 1024;
    /// One certificate in DER, in bytes.
    pub const DER_BYTES: usize = 4 * 1024;
    /// Certificates in a chain, the signer's included and the authority's not.
    pub const CHAIN: usize = 4;
}

/// The PEM label of a certificate (RFC 7468, 5.1).
pub(crate) const LABEL: &str = "CERTIFICATE";

/// sm2-with-sm3 (GM/T 0006).
pub(crate) const SM2_WITH_SM3: x509_cert::der::asn1::ObjectIdentifier =
    x509_cert::der::asn1::ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");
