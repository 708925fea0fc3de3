// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a signer is written, in a policy (§2 of policy-v1) and in a trust update.

use bpfsign_format::Date;
use bpfsign_keys::PublicKey;
use serde::{Deserialize, Serialize};

use super::{pattern::Pattern, roles::BUILD, signer::TrustedSigner};

/// A signer, in a policy or a trust update.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SignerEntry {
    pub(super) name: String,
    public_key: String,
    #[serde(default = "default_roles")]
    roles: Vec<String>,
    #[serde(default = "everything")]
    packages: Vec<String>,
    valid_from: Option<String>,
    valid_until: Option<String>,
}

impl SignerEntry {
    pub(super) fn signer(&self) -> Result<TrustedSigner, String> {
        let name = &self.name;
        let key = PublicKey::from_pem(self.public_key.trim_start())
            .map_err(|e| format!("signer `{name}`: {e}"))?;
        if self.roles.is_empty() || self.packages.is_empty() {
            return Err(format!("signer `{name}` has no role, or may sign no package"));
        }
        let day = |text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => Date::parse(text)
                .map(Some)
                .ok_or_else(|| format!("signer `{name}`: {text:?} is no day, YYYY-MM-DD")),
        };
        Ok(TrustedSigner {
            roles: self.roles.clone(),
            packages: patterns(&self.packages),
            valid: (day(&self.valid_from)?, day(&self.valid_until)?),
            ..TrustedSigner::new(name.clone(), key)
        })
    }
}

pub(super) fn everything() -> Vec<String> {
    vec!["*".into()]
}

pub(super) fn default_roles() -> Vec<String> {
    vec![BUILD.into()]
}

pub(super) fn patterns(texts: &[String]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(text)).collect()
}
