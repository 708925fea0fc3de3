// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The extensions that path validation looks at (RFC 5280, 4.2.1).

use std::collections::BTreeSet;

use x509_cert::{
    der::{Decode, asn1::ObjectIdentifier},
    ext::{
        Extension,
        pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage},
    },
};

use super::CertError;

const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
/// id-kp-codeSigning.
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");

/// What a certificate's key may be used for.
#[derive(Debug, Clone, Default)]
pub(super) struct Uses {
    /// Whether it is an authority, and how many more may follow; `None` without
    /// basicConstraints.
    pub(super) authority: Option<(bool, Option<u8>)>,
    /// keyCertSign and digitalSignature; `None` without keyUsage.
    pub(super) usage: Option<(bool, bool)>,
    /// Whether extKeyUsage names code signing.
    pub(super) code_signing: bool,
}

impl Uses {
    pub(super) fn read(extensions: &[Extension]) -> Result<Self, CertError> {
        let mut uses = Self::default();
        let mut seen = BTreeSet::new();
        for extension in extensions {
            let id = extension.extn_id;
            if !seen.insert(id) {
                return Err(CertError::DuplicateExtension(id.to_string()));
            }
            let value = extension.extn_value.as_bytes();
            match id {
                BASIC_CONSTRAINTS => {
                    let found: BasicConstraints = decode(value)?;
                    uses.authority = Some((found.ca, found.path_len_constraint));
                }
                KEY_USAGE => {
                    let found: KeyUsage = decode(value)?;
                    uses.usage = Some((found.key_cert_sign(), found.digital_signature()));
                }
                EXTENDED_KEY_USAGE => {
                    let found: ExtendedKeyUsage = decode(value)?;
                    uses.code_signing = found.0.contains(&CODE_SIGNING);
                }
                _ if extension.critical => {
                    return Err(CertError::UnknownCritical(id.to_string()));
                }
                _ => {}
            }
        }
        Ok(uses)
    }
}

fn decode<'d, T: Decode<'d>>(value: &'d [u8]) -> Result<T, CertError> {
    T::from_der(value).map_err(|_| CertError::Malformed)
}
