// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What counts no more.

use std::collections::BTreeSet;

use bpfsign_keys::{Certificate, KeyId};

use super::TrustUpdate;

/// Keys, certificates and packages that trust updates revoked, and names that they retired.
#[derive(Debug, Clone, Default)]
pub(crate) struct Revoked {
    keys: BTreeSet<String>,
    certificates: BTreeSet<String>,
    packages: BTreeSet<String>,
    /// Names of signers and authorities. They do not come back either.
    retired: BTreeSet<String>,
}

impl Revoked {
    /// Adds what an update revokes: nothing that was revoked comes back.
    pub(super) fn add(&mut self, update: &TrustUpdate) {
        self.keys.extend(update.revoked_keys.iter().cloned());
        self.certificates.extend(update.revoked_certificates.iter().cloned());
        self.packages.extend(update.revoked_packages.iter().cloned());
        self.retired.extend(update.retired.iter().cloned());
    }

    /// Names, the ids of keys, and the SM3 of certificates and of packages, the latter as 64
    /// hexadecimal digits.
    pub fn lists(&self) -> [(&'static str, &BTreeSet<String>); 4] {
        [
            ("retired", &self.retired),
            ("revoked key", &self.keys),
            ("revoked certificate", &self.certificates),
            ("revoked package", &self.packages),
        ]
    }

    pub(super) fn key(&self, id: KeyId) -> bool {
        self.keys.contains(&id.to_string())
    }

    pub(super) fn is_retired(&self, name: &str) -> bool {
        self.retired.contains(name)
    }

    pub(super) fn package(&self, sm3: &str) -> bool {
        self.packages.contains(sm3)
    }

    /// The name of a certificate that is revoked, or whose key is.
    pub(super) fn certificate(&self, certificate: &Certificate) -> Option<String> {
        let revoked =
            self.certificates.contains(&certificate.sm3()) || self.key(certificate.key().id());
        revoked.then(|| certificate.name().to_owned())
    }
}
