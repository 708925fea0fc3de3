// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Thresholds that can be met, and those that nobody can meet any more.

use std::fmt;

use super::{
    moment::Moment,
    pattern::Pattern,
    roles::{TRUST, is_for_packages},
    signer::TrustedSigner,
    trust::Trust,
};
use crate::Reason;

/// A threshold that nobody can meet.
#[derive(Debug)]
pub(super) struct Lost {
    what: String,
    needed: usize,
    able: usize,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, needed, able } = self;
        write!(f, "{what} needs {needed} signers, and there are {able}")
    }
}

impl Trust {
    /// Signers that still count, and whether an authority can make more of them.
    fn able(&self, now: Moment, may: impl Fn(&TrustedSigner) -> bool) -> (usize, bool) {
        let counts = |s: &TrustedSigner| {
            may(s) && !self.revoked.key(s.key.id()) && s.time_objection(now.day()).is_none()
        };
        let signers = self.signers.iter().filter(|s| counts(s)).count();
        let authority = self
            .authorities
            .iter()
            .any(|a| may(&a.grants) && self.revoked.certificate(&a.certificate).is_none());
        (signers, authority)
    }

    /// What no signatures can satisfy at that time, for packages of each of these patterns.
    pub(super) fn unreachable(&self, scopes: &[Pattern], now: Moment) -> Vec<Lost> {
        let mut all = Vec::new();
        let mut need = |what: String, needed: usize, (able, authority): (usize, bool)| {
            if able < needed && !authority {
                all.push(Lost { what, needed, able });
            }
        };
        for scope in scopes {
            let may = |s: &TrustedSigner| s.may_sign_packages() && s.covers(scope);
            let rule = self.rules.iter().find(|r| r.packages.iter().any(|p| p.covers(scope)));
            let needed = rule.map_or(self.threshold, |rule| rule.fewest());
            need(format!("a package `{scope}`"), needed, self.able(now, may));
            for (role, count) in rule.iter().flat_map(|rule| &rule.roles) {
                let what = format!("a package `{scope}`, in role `{role}`,");
                need(what, *count, self.able(now, |s| s.has_role(role) && s.covers(scope)));
            }
        }
        if self.named_roles.contains(TRUST) {
            let holders = self.able(now, |s| s.has_role(TRUST));
            need("a trust update".to_owned(), self.change_threshold(), holders);
        }
        all
    }

    /// The patterns that rules and signers name: what holds for one may not hold for another.
    pub(super) fn scopes(&self) -> Vec<Pattern> {
        let signers = self.signers.iter().chain(self.authorities.iter().map(|a| &a.grants));
        let mut all: Vec<Pattern> = signers
            .filter(|s| s.may_sign_packages())
            .flat_map(|s| &s.packages)
            .chain(self.rules.iter().flat_map(|rule| &rule.packages))
            .cloned()
            .collect();
        all.sort_by_key(ToString::to_string);
        all.dedup();
        all
    }

    /// Refuses what can be met by this trust and by nobody `after` a change.
    pub(crate) fn check_reach(&self, after: &Self, now: Moment) -> Result<(), Reason> {
        let scopes = self.scopes();
        let before = self.unreachable(&scopes, now);
        let lost = after.unreachable(&scopes, now).into_iter();
        let lost: Vec<String> = lost
            .filter(|lost| before.iter().all(|b| b.what != lost.what))
            .map(|lost| lost.to_string())
            .collect();
        match lost.is_empty() {
            true => Ok(()),
            false => Err(Reason::Unreachable(lost.join("; "))),
        }
    }

    /// Roles for packages that signers have and no rule asks for.
    pub(super) fn unused_roles(&self) -> Vec<String> {
        let signers = self.signers.iter().chain(self.authorities.iter().map(|a| &a.grants));
        let asked = |role: &str| self.rules.iter().any(|rule| rule.roles.contains_key(role));
        let unused =
            |role: &&String| is_for_packages(role) && *role != super::roles::BUILD && !asked(role);
        signers.flat_map(|s| &s.roles).filter(unused).cloned().collect()
    }
}
