// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A signer: its key, and what it may sign when (§2 of policy-v1).

use bpfsign_format::Date;
use bpfsign_keys::PublicKey;
use serde::{Deserialize, Serialize};

use super::{
    moment::Moment,
    pattern::{self, Pattern},
    roles::{BUILD, is_for_packages},
};

/// A key that the policy names.
#[derive(Debug, Clone)]
pub struct TrustedSigner {
    pub(super) name: String,
    pub(super) key: PublicKey,
    pub(super) roles: Vec<String>,
    pub(super) packages: Vec<Pattern>,
    /// First and last day on which its signatures count.
    pub(super) valid: (Option<Date>, Option<Date>),
    /// Where the host has it from.
    pub(super) origin: Origin,
}

/// Where a host has a signer from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From the policy's own file, or the command line.
    Given,
    /// From the trust update with this sequence.
    Update(u64),
}

/// A trusted signer that signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signer {
    /// The name that the policy gives it.
    pub name: String,
    /// The key's name, 64 hexadecimal digits.
    pub key: String,
}

impl TrustedSigner {
    /// A key in the default role, for packages of any name.
    pub fn new(name: impl Into<String>, key: PublicKey) -> Self {
        Self {
            name: name.into(),
            key,
            roles: vec![BUILD.to_owned()],
            packages: vec![Pattern::new("*")],
            valid: (None, None),
            origin: Origin::Given,
        }
    }

    /// Its key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Why its signature does not count for a package; `None` when it does.
    pub(super) fn objection(&self, package: &str, today: Date) -> Option<String> {
        if !self.may_sign_packages() {
            return Some(format!(
                "{} signs no packages in role {}",
                self.name,
                self.roles.join(", ")
            ));
        }
        if !pattern::any(&self.packages, package) {
            return Some(format!("{} may not sign this package", self.name));
        }
        self.time_objection(today)
    }

    /// Why its signature does not count on a day; `None` when it does.
    pub(super) fn time_objection(&self, today: Date) -> Option<String> {
        match self.valid {
            (Some(first), _) if today < first => {
                Some(format!("{} is trusted only from {first}", self.name))
            }
            (_, Some(last)) if today > last => {
                Some(format!("{} is not trusted after {last}", self.name))
            }
            _ => None,
        }
    }

    /// Whether it may sign all packages that a pattern matches.
    pub(super) fn covers(&self, packages: &Pattern) -> bool {
        self.packages.iter().any(|own| own.covers(packages))
    }

    /// Whether all that the policy says of it is the same.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        (&self.name, &self.key, &self.roles, &self.packages, self.valid)
            == (&other.name, &other.key, &other.roles, &other.packages, other.valid)
    }

    /// The same signer, as the trust update with this sequence names it.
    pub(super) fn of_update(self, sequence: u64) -> Self {
        Self { origin: Origin::Update(sequence), ..self }
    }

    pub(super) fn record(&self) -> Signer {
        Signer { name: self.name.clone(), key: self.key.id().to_string() }
    }
}

impl TrustedSigner {
    pub(super) fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|has| has == role)
    }

    /// Whether some of its roles is for packages.
    pub(super) fn may_sign_packages(&self) -> bool {
        self.roles.iter().any(|role| is_for_packages(role))
    }

    /// Whether it counts in a role at that time.
    pub(super) fn counts_as(&self, role: &str, now: Moment) -> bool {
        self.has_role(role) && self.time_objection(now.day()).is_none()
    }
}

#[cfg(test)]
mod tests {
    use bpfsign_keys::SecretKey;

    use super::*;

    #[test]
    fn signers_count_for_their_packages_and_days() {
        let today = Date::parse("2026-11-24").unwrap();
        let key = SecretKey::generate().unwrap().public().clone();
        let mut s = TrustedSigner::new("s", key);
        assert_eq!(s.objection("x", today), None);
        s.packages = vec![Pattern::new("sched-*")];
        assert!(s.objection("x", today).unwrap().contains("may not sign"));
        assert_eq!(s.objection("sched-x", today), None);
        s.valid = (Date::parse("2026-11-25"), None);
        assert!(s.objection("sched-x", today).unwrap().contains("only from 2026-11-25"));
        s.valid = (None, Date::parse("2026-11-23"));
        assert!(s.objection("sched-x", today).unwrap().contains("not trusted after 2026-11-23"));
        s.valid = (Date::parse("2026-11-24"), Date::parse("2026-11-24"));
        assert_eq!(s.objection("sched-x", today), None);
    }
}
