// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Trust updates (docs/spec/trust-v1.md): what changes whom a host trusts, without
//! a change of its policy's file.

use std::collections::BTreeSet;

use bpfsign_files::read_bounded;
use bpfsign_format::{Date, is_sequence};
use bpfsign_keys::{Chain, KeyId};
use serde::{Deserialize, Serialize};

use super::{Policy, entry::SignerEntry};
use crate::{Error, Host, Reason, Result};

/// The largest state that is read, in bytes.
const MAX_STATE: usize = 4 * 1024 * 1024;

/// What a trust update says (§2 of trust-v1), and what all that were applied say
/// together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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
        update.signers.iter().try_for_each(|s| s.signer().map(drop))?;
        Ok(update)
    }

    /// What was applied to a host so far; nothing if nothing was.
    ///
    /// # Errors
    /// [`Reason::DamagedState`], [`Reason::Io`].
    pub fn applied(host: &Host) -> Result<Self> {
        let path = host.trust_state();
        match read_bounded(&path, MAX_STATE) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|_| Error::new(path, Reason::DamagedState))
            }
            Err(bpfsign_files::ReadError::Io(e)) if e.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(bpfsign_files::ReadError::Io(e)) => Err(Error::new(path, e)),
            Err(_) => Err(Error::new(path, Reason::DamagedState)),
        }
    }

    /// With what a newer update says in addition: nothing that was revoked or
    /// retired comes back, and a signer is replaced by its name.
    pub(crate) fn and_then(mut self, newer: Self) -> Self {
        self.signers.retain(|s| newer.signers.iter().all(|n| n.name != s.name));
        self.signers.extend(newer.signers);
        self.retired.extend(newer.retired);
        self.revoked_keys.extend(newer.revoked_keys);
        self.revoked_certificates.extend(newer.revoked_certificates);
        self.revoked_packages.extend(newer.revoked_packages);
        Self { trust: newer.trust, sequence: newer.sequence, issued: newer.issued, ..self }
    }
}

/// What counts no more.
#[derive(Debug, Clone, Default)]
pub(super) struct Revoked {
    keys: BTreeSet<String>,
    certificates: BTreeSet<String>,
    packages: BTreeSet<String>,
}

impl Revoked {
    pub(super) fn key(&self, id: KeyId) -> bool {
        self.keys.contains(&id.to_string())
    }

    pub(super) fn package(&self, sm3: &str) -> bool {
        self.packages.contains(sm3)
    }

    /// A certificate of a chain that is revoked, or whose key is.
    pub(super) fn in_chain(&self, chain: &Chain) -> Option<String> {
        let all = chain.certificates().iter();
        let revoked = |c: &&bpfsign_keys::Certificate| {
            self.certificates.contains(&c.sm3()) || self.key(c.key().id())
        };
        all.into_iter().find(revoked).map(|c| c.name().to_owned())
    }
}

impl Policy {
    pub(super) fn update(&mut self, update: TrustUpdate) -> Result<(), String> {
        let trust = &mut self.trust;
        for entry in &update.signers {
            let signer = entry.signer()?;
            trust.signers.retain(|s| s.name != signer.name && s.key != signer.key);
            trust.signers.push(signer);
        }
        trust.signers.retain(|s| !update.retired.contains(&s.name));
        trust.authorities.retain(|a| !update.retired.contains(&a.grants.name));
        trust.revoked = Revoked {
            keys: update.revoked_keys,
            certificates: update.revoked_certificates,
            packages: update.revoked_packages,
        };
        Ok(())
    }
}
