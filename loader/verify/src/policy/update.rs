// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Trust updates (docs/spec/trust-v1.md): what changes whom a host trusts, without
//! a change of its policy's file.

use std::collections::BTreeSet;

use bpfsign_format::{Date, is_sequence};
use bpfsign_keys::KeyId;
use serde::Deserialize;

use super::{TrustedSigner, entry::SignerEntry};

/// What a trust update says (§2 of trust-v1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrustUpdate {
    /// The version of the format, 1.
    pub trust: u32,
    /// Rises with every update.
    pub sequence: u64,
    /// The day on which it was made, `YYYY-MM-DD`.
    pub issued: String,
    /// Names of signers and authorities that count no more.
    #[serde(default)]
    pub retired: BTreeSet<String>,
    /// Key ids that count no more.
    #[serde(default)]
    pub revoked_keys: BTreeSet<String>,
    /// SM3 of certificates in DER that count no more.
    #[serde(default)]
    pub revoked_certificates: BTreeSet<String>,
    /// SM3 of packages (their manifests) or bare objects that are refused.
    #[serde(default)]
    pub revoked_packages: BTreeSet<String>,
    /// Signers that count from now on, as in a policy.
    #[serde(default, rename = "signer")]
    pub(super) signers: Vec<SignerEntry>,
}

impl TrustUpdate {
    /// Parses the text of an update.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let update: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        if update.trust != 1 {
            return Err(format!("version {}; this program knows 1", update.trust));
        }
        if !is_sequence(update.sequence) {
            return Err("`sequence` must be from 1 to 2^63-1".to_owned());
        }
        if Date::parse(&update.issued).is_none() {
            return Err("`issued` must be a day, YYYY-MM-DD".to_owned());
        }
        let digests = update
            .revoked_keys
            .iter()
            .chain(&update.revoked_certificates)
            .chain(&update.revoked_packages);
        if let Some(text) = digests.into_iter().find(|text| KeyId::from_hex(text).is_none()) {
            return Err(format!("{text:?} is no digest of 64 lowercase hexadecimal digits"));
        }
        let signers = update.signers()?;
        for (i, signer) in signers.iter().enumerate() {
            let twice = |s: &TrustedSigner| s.name == signer.name || s.key == signer.key;
            if signers[..i].iter().any(twice) {
                return Err(format!("signer `{}` is there twice, by name or key", signer.name));
            }
        }
        Ok(update)
    }

    /// The signers that it names.
    ///
    /// # Errors
    /// What is wrong with one; nothing in an update that was parsed.
    pub fn signers(&self) -> Result<Vec<TrustedSigner>, String> {
        self.signers.iter().map(SignerEntry::signer).collect()
    }

    /// Whether it takes trust away.
    pub fn revokes(&self) -> bool {
        let all =
            [&self.retired, &self.revoked_keys, &self.revoked_certificates, &self.revoked_packages];
        all.iter().any(|list| !list.is_empty())
    }
}
