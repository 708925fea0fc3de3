// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How many signers of which roles a package needs (§3 of policy-v1).

use std::collections::BTreeMap;

use super::{pattern::Pattern, signer::TrustedSigner};

/// Who must have signed packages of some names.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) packages: Vec<Pattern>,
    pub(super) threshold: usize,
    /// How many of each role.
    pub(super) roles: BTreeMap<String, usize>,
}

impl Rule {
    /// How many signers it asks for at the least.
    pub(super) fn fewest(&self) -> usize {
        self.threshold.max(self.roles.values().sum())
    }

    /// The patterns of its packages, for people.
    pub(super) fn names(&self) -> String {
        let names: Vec<String> = self.packages.iter().map(ToString::to_string).collect();
        names.join(", ")
    }

    /// A role that cannot be filled, each place with a signer of its own; `None`
    /// when all can (a bipartite matching by augmenting paths).
    pub(super) fn unfilled_role(&self, signers: &[&TrustedSigner]) -> Option<String> {
        let mut places: Vec<&str> = Vec::new();
        for (role, count) in &self.roles {
            places.extend(std::iter::repeat_n(role.as_str(), *count));
        }
        // Which place each signer fills.
        let mut filled: Vec<Option<usize>> = vec![None; signers.len()];
        for place in 0..places.len() {
            let mut tried = vec![false; signers.len()];
            if !fill(place, &places, signers, &mut filled, &mut tried) {
                return Some(places[place].to_owned());
            }
        }
        None
    }
}

fn fill(
    place: usize,
    places: &[&str],
    signers: &[&TrustedSigner],
    filled: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for (i, signer) in signers.iter().enumerate() {
        if tried[i] || !signer.roles.iter().any(|role| role == places[place]) {
            continue;
        }
        tried[i] = true;
        let free = match filled[i] {
            None => true,
            Some(other) => fill(other, places, signers, filled, tried),
        };
        if free {
            filled[i] = Some(place);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use bpfsign_keys::SecretKey;

    use super::*;

    fn signer(name: &str, roles: &[&str]) -> TrustedSigner {
        let key = SecretKey::generate().unwrap().public().clone();
        let roles = roles.iter().map(|r| (*r).to_owned()).collect();
        TrustedSigner { roles, ..TrustedSigner::new(name, key) }
    }

    #[test]
    fn each_place_needs_a_signer_of_its_own() {
        let (both, build, review) =
            (signer("ab", &["build", "review"]), signer("a", &["build"]), signer("b", &["review"]));
        let rule = |roles: &[(&str, usize)]| Rule {
            packages: vec![Pattern::new("*")],
            threshold: 1,
            roles: roles.iter().map(|(r, n)| ((*r).to_owned(), *n)).collect(),
        };
        let one_each = rule(&[("build", 1), ("review", 1)]);
        assert_eq!(one_each.unfilled_role(&[&both]), Some("review".to_owned()));
        assert_eq!(one_each.unfilled_role(&[&both, &build]), None);
        assert_eq!(one_each.unfilled_role(&[&both, &review]), None);
        assert_eq!(one_each.unfilled_role(&[&build]), Some("review".to_owned()));
        assert_eq!(rule(&[("build", 2)]).unfilled_role(&[&both, &build]), None);
        assert_eq!(rule(&[("build", 2)]).unfilled_role(&[&both, &review]), Some("build".into()));
        assert_eq!(rule(&[]).unfilled_role(&[]), None);
    }
}
