// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SM2 keys and signatures (GB/T 32918), as both sides of bpfsign use them.
//!
//! Every signature is SM2 with SM3 under the identifier [`SIGNER_ID`], encoded
//! as DER. The host side verifies with [`PublicKey`]; the author side (feature
//! `sign`) also generates keys and signs.
#![deny(unsafe_code)]

mod cert;
#[cfg(feature = "sign")]
mod digest;
mod error;
mod key_id;
mod public;
#[cfg(feature = "sign")]
mod secret;
#[cfg(feature = "sign")]
mod secret_file;
#[cfg(feature = "sign")]
mod signer;
#[cfg(feature = "sign")]
mod sm4_key;
#[cfg(feature = "tokens")]
mod token;

pub use cert::{CertError, Certificate, Chain, limits as cert_limits};
#[cfg(feature = "sign")]
pub use cert::{Issue, Request, Subject};
pub use error::{KeyError, SignatureError};
pub use key_id::KeyId;
pub use public::PublicKey;
#[cfg(feature = "sign")]
pub use secret::SecretKey;
#[cfg(feature = "sign")]
pub use secret_file::{FileError, read_passphrase, read_secret_key};
#[cfg(feature = "sign")]
pub use signer::{ExternalCommand, Hedged, Signer, SignerError};
#[cfg(feature = "tokens")]
pub use token::{Pkcs11Key, SdfKey};

/// The signer's identifier that Z binds (GB/T 32918.2, 5.5): the default that
/// GM/T 0009 gives, always passed explicitly.
pub const SIGNER_ID: &str = "1234567812345678";

#[cfg(test)]
mod tests {
    use super::{CertError, KeyError, SignatureError};

    #[test]
    fn every_code_is_documented() {
        let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/spec/cli-v1.md");
        let spec = std::fs::read_to_string(spec).unwrap();
        let codes = [KeyError::codes(), SignatureError::codes(), CertError::codes()].concat();
        for code in codes {
            assert!(spec.contains(&format!("`{code}`")), "{code}");
        }
    }
}
