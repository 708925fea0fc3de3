// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Thresholds that can be met, and those that nobody can meet any more.

use std::fmt;

use super::{
    moment::Moment,
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

    /// What no signatures can satisfy at that time.
    pub(super) fn unreachable(&self, now: Moment) -> Vec<Lost> {
        let mut all = Vec::new();
        let mut need = |what: String, needed: usize, (able, authority): (usize, bool)| {
            if able < needed && !authority {
                all.push(Lost { what, needed, able });
            }
        };
        let packages = |s: &TrustedSigner| s.may_sign_packages();
        need("`threshold`".to_owned(), self.threshold, self.able(now, packages));
        for rule in &self.rules {
            let of = rule.names();
            need(format!("the rule for {of}"), rule.fewest(), self.able(now, packages));
            for (role, count) in &rule.roles {
                let what = format!("the rule for {of}, in role `{role}`,");
                need(what, *count, self.able(now, |s| s.has_role(role)));
            }
        }
        if self.named_roles.contains(TRUST) {
            let holders = self.able(now, |s| s.has_role(TRUST));
            need("a trust update".to_owned(), self.change_threshold(), holders);
        }
        all
    }

    /// Refuses what can be met by this trust and by nobody `after` a change.
    pub(crate) fn check_reach(&self, after: &Self, now: Moment) -> Result<(), Reason> {
        let before = self.unreachable(now);
        let lost = after.unreachable(now).into_iter();
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
