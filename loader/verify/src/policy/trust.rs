// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whose signatures count, and how many are needed (§2, §3 of policy-v1).

use std::collections::BTreeSet;

use bpfsign_keys::Certificate;

use super::{revoked::Revoked, rule::Rule, signer::TrustedSigner};
use crate::Reason;

/// A certificate whose subjects' signatures count.
#[derive(Debug, Clone)]
pub(super) struct Authority {
    pub(super) certificate: Certificate,
    /// What its signers are: name, roles, packages, days. The key is its own.
    pub(super) grants: TrustedSigner,
}

/// Who may change trust (§6 of policy-v1).
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    /// How many in role `trust` must sign an update; otherwise as many as the strictest rule
    /// for packages asks for.
    pub(super) threshold: Option<usize>,
    /// Roles whose signers role `trust` alone may add or change.
    pub(super) vouches_for: Vec<String>,
}

/// Trusted signers, and how many must have signed.
#[derive(Debug, Clone)]
pub struct Trust {
    pub(super) signers: Vec<TrustedSigner>,
    pub(super) authorities: Vec<Authority>,
    /// The first that matches a package's name counts.
    pub(super) rules: Vec<Rule>,
    /// Where no rule matches.
    pub(super) threshold: usize,
    pub(super) changes: Changes,
    /// Roles that the policy's own file names. That nobody is left in one widens nothing.
    pub(super) named_roles: BTreeSet<String>,
    /// What counts no more.
    pub(super) revoked: Revoked,
}

impl Trust {
    /// Trusts these signers for packages of any name.
    pub fn new(signers: Vec<TrustedSigner>, threshold: usize) -> Self {
        Self {
            signers,
            authorities: Vec::new(),
            rules: Vec::new(),
            threshold,
            changes: Changes::default(),
            named_roles: BTreeSet::new(),
            revoked: Revoked::default(),
        }
    }

    /// Trusts as well whom this authority certifies.
    pub fn with_authority(mut self, name: impl Into<String>, certificate: Certificate) -> Self {
        let grants = TrustedSigner::new(name, certificate.key().clone());
        self.authorities.push(Authority { certificate, grants });
        self
    }

    /// Refuses what was revoked by its digest.
    pub(crate) fn check_revoked(&self, sm3: &str) -> Result<(), Reason> {
        match self.revoked.package(sm3) {
            true => Err(Reason::Revoked(format!("package {sm3}"))),
            false => Ok(()),
        }
    }
}
