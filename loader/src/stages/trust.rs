// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whose signatures count, and how many are needed.

use bpfsign_format::Container;
use bpfsign_keys::{KeyId, PublicKey, SignatureError};
use serde::{Deserialize, Serialize};

use crate::Reason;

/// A key and the name that the policy gives it.
#[derive(Debug, Clone)]
pub struct TrustedKey {
    /// For messages and records.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// Trusted keys and the threshold.
#[derive(Debug, Clone)]
pub struct Trust {
    /// No two the same.
    pub keys: Vec<TrustedKey>,
    /// How many of them must have signed; at least 1.
    pub threshold: usize,
}

/// A trusted key that signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signer {
    /// The name that the policy gives it.
    pub name: String,
    /// The key's name, 64 hexadecimal digits.
    pub key: String,
}

impl Trust {
    /// The trusted signers of a package (§5.4): each signature that bears a
    /// trusted key's name must verify; the others do not count.
    pub(super) fn package_signers(&self, container: &Container) -> Result<Vec<Signer>, Reason> {
        let mut signers = Vec::new();
        let mut unknown = Vec::new();
        for (id, signature) in container.signatures() {
            let Some(trusted) = self.keys.iter().find(|k| k.key.id() == id) else {
                unknown.push(id);
                continue;
            };
            trusted
                .key
                .verify(container.manifest_bytes(), signature)
                .map_err(|error| Reason::Signature { signer: trusted.name.clone(), error })?;
            signers.push(trusted.signer());
        }
        self.require(signers, unknown)
    }

    /// The trusted signer of an object with one detached signature, which does
    /// not name its key.
    pub(super) fn object_signers(
        &self,
        object: &[u8],
        signature: &[u8],
    ) -> Result<Vec<Signer>, Reason> {
        let mut last = SignatureError::Invalid;
        for trusted in &self.keys {
            match trusted.key.verify(object, signature) {
                Ok(()) => return self.require(vec![trusted.signer()], Vec::new()),
                Err(SignatureError::Invalid) => {}
                Err(error) => last = error,
            }
        }
        let names: Vec<_> = self.keys.iter().map(|k| k.name.as_str()).collect();
        Err(Reason::Signature { signer: names.join(" or "), error: last })
    }

    fn require(&self, signers: Vec<Signer>, unknown: Vec<KeyId>) -> Result<Vec<Signer>, Reason> {
        // A threshold of 0 would trust everything: it counts as 1.
        let needed = self.threshold.max(1);
        match signers.len() >= needed {
            true => Ok(signers),
            false => Err(Reason::Threshold { found: signers.len(), needed, unknown }),
        }
    }
}

impl TrustedKey {
    fn signer(&self) -> Signer {
        Signer { name: self.name.clone(), key: self.key.id().to_string() }
    }
}
