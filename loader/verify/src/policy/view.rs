// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whom a host trusts, for people: every signer, authority and threshold in force, and where
//! each comes from; and what each line of an update changes.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    Policy, TrustUpdate,
    moment::Moment,
    roles::{INDEX, TRUST},
    signer::{Origin, TrustedSigner},
    trust::{Authority, Trust},
};

/// A signer or an authority in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignerView {
    /// The name that the policy or an update gives it.
    pub name: String,
    /// The key's id, or the SM3 of the authority's certificate: 64 hexadecimal digits.
    pub id: String,
    /// What it signs as.
    pub roles: Vec<String>,
    /// Patterns of the packages that it may sign.
    pub packages: Vec<String>,
    /// First and last day on which its signatures count.
    pub valid: (Option<String>, Option<String>),
    /// Where the host has it from: `policy`, or `trust update 3`.
    pub from: String,
    /// Whether it is revoked, and so counts no more.
    pub revoked: bool,
}

/// How many must sign what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ThresholdView {
    /// What is signed: `packages`, `packages net-*`, `index`, `trust updates`.
    pub what: String,
    /// How many signers.
    pub threshold: usize,
    /// How many of each role besides.
    pub roles: std::collections::BTreeMap<String, usize>,
}

/// Whom a host trusts.
#[derive(Debug, Serialize)]
pub struct TrustView {
    /// The sequence of the newest update that was applied; 0 if none was.
    pub sequence: u64,
    /// Signers, in the order of the policy and the updates.
    pub signers: Vec<SignerView>,
    /// Authorities, likewise.
    pub authorities: Vec<SignerView>,
    /// Thresholds in force.
    pub thresholds: Vec<ThresholdView>,
    /// What counts no more: `revoked key`, `revoked certificate`, `revoked package`, each with
    /// its digest.
    pub revoked: Vec<(&'static str, String)>,
    /// What nobody can satisfy, or what this policy does not take.
    pub warnings: Vec<String>,
}

impl Policy {
    /// Whom this policy trusts, with the updates that were applied.
    pub fn trust_view(&self) -> TrustView {
        self.trust.view(self.newest_update())
    }

    /// What each line of an update changes on this host, as a sentence each; a line without
    /// effect is told as well.
    pub fn changes_of(&self, update: &TrustUpdate) -> Vec<String> {
        self.trust.changes_of(update)
    }
}

impl Trust {
    fn view(&self, sequence: u64) -> TrustView {
        let lists = self.revoked.lists();
        let revoked = lists.iter().flat_map(|(what, list)| list.iter().map(|d| (*what, d.clone())));
        let mut warnings = self.unreachable_now();
        if !self.named_roles.contains(TRUST) {
            let none =
                "the policy's own file names nobody in role `trust`: no trust update is taken";
            warnings.push(none.to_owned());
        }
        TrustView {
            sequence,
            signers: self.signers.iter().map(|s| self.signer_view(s)).collect(),
            authorities: self.authorities.iter().map(|a| self.authority_view(a)).collect(),
            thresholds: self.threshold_views(),
            revoked: revoked.collect(),
            warnings,
        }
    }

    /// What no signatures can satisfy today.
    pub fn unreachable_now(&self) -> Vec<String> {
        self.unreachable(&self.scopes(), Moment::now())
            .into_iter()
            .map(|lost| lost.to_string())
            .collect()
    }

    fn signer_view(&self, signer: &TrustedSigner) -> SignerView {
        let key = signer.key.id();
        view_of(signer, key.to_string(), self.revoked.key(key))
    }

    fn authority_view(&self, authority: &Authority) -> SignerView {
        let revoked = self.revoked.certificate(&authority.certificate).is_some();
        view_of(&authority.grants, authority.certificate.sm3(), revoked)
    }

    fn threshold_views(&self) -> Vec<ThresholdView> {
        let plain = |what: &str, threshold| ThresholdView {
            what: what.to_owned(),
            threshold,
            roles: Default::default(),
        };
        let mut all: Vec<_> = self
            .rules
            .iter()
            .map(|rule| ThresholdView {
                what: format!("packages {}", rule.names()),
                threshold: rule.threshold,
                roles: rule.roles.clone(),
            })
            .collect();
        all.push(plain("packages", self.threshold));
        let index = match self.named_roles.contains(INDEX) {
            true => "index, in role index",
            false => "index",
        };
        all.push(plain(index, self.threshold));
        if self.named_roles.contains(TRUST) {
            all.push(plain("trust updates, in role trust", self.change_threshold()));
        }
        all
    }

    fn changes_of(&self, update: &TrustUpdate) -> Vec<String> {
        let mut lines = Vec::new();
        for signer in update.signers().unwrap_or_default() {
            let same = |s: &&TrustedSigner| s.name == signer.name || s.key == signer.key;
            let (name, roles) = (&signer.name, signer.roles.join(", "));
            lines.push(match self.signers.iter().find(same) {
                _ if self.revoked.key(signer.key.id()) => {
                    format!("signer {name}: no effect, its key is revoked")
                }
                _ if self.revoked.is_retired(name) || update.retired.contains(name) => {
                    format!("signer {name}: no effect, that name is retired")
                }
                Some(known) if known.is_alike(&signer) => {
                    format!("signer {name}: no effect, it is trusted already")
                }
                Some(known) => format!("signer {name}: takes the place of {}", known.name),
                None => format!("signer {name}: new, in role {roles}"),
            });
        }
        for name in &update.retired {
            let known = self.signers.iter().any(|s| s.name == *name)
                || self.authorities.iter().any(|a| a.grants.name == *name);
            lines.push(told("retired", name, known, "nobody has that name"));
        }
        lines.extend(self.new_revocations("revoked key", &update.revoked_keys));
        lines.extend(self.new_revocations("revoked certificate", &update.revoked_certificates));
        lines.extend(self.new_revocations("revoked package", &update.revoked_packages));
        lines
    }

    /// Whose key or certificate it is may show only when it signs something: what was not
    /// revoked before has an effect.
    fn new_revocations(&self, what: &str, digests: &BTreeSet<String>) -> Vec<String> {
        let lists = self.revoked.lists();
        let before = lists.iter().find(|(name, _)| *name == what);
        let is_new = |digest: &String| before.is_none_or(|(_, list)| !list.contains(digest));
        let line = |digest: &String| told(what, digest, is_new(digest), "it is revoked already");
        digests.iter().map(line).collect()
    }
}

fn told(what: &str, which: &str, has_effect: bool, otherwise: &str) -> String {
    match has_effect {
        true => format!("{what} {which}: counts no more"),
        false => format!("{what} {which}: no effect today, {otherwise}"),
    }
}

fn view_of(signer: &TrustedSigner, id: String, revoked: bool) -> SignerView {
    let day = |day: Option<bpfsign_format::Date>| day.map(|day| day.to_string());
    SignerView {
        name: signer.name.clone(),
        id,
        roles: signer.roles.clone(),
        packages: signer.packages.iter().map(ToString::to_string).collect(),
        valid: (day(signer.valid.0), day(signer.valid.1)),
        from: match signer.origin {
            Origin::Given => "policy".to_owned(),
            Origin::Update(sequence) => format!("trust update {sequence}"),
        },
        revoked,
    }
}
