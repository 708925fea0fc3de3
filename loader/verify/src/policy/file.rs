// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The policy's text (§1 to §5 of policy-v1).

use std::collections::BTreeMap;

use bpfsign_format::{manifest::Readers, sm3_hex};
use bpfsign_keys::Certificate;
use serde::Deserialize;

use super::{
    Policy, Trust,
    allow::{Allow, HELPERS, MAP_BYTES, MEMORY_BYTES, UNBOUNDED_ENTRIES},
    entry::{SignerEntry, default_roles, everything, patterns},
    revoked::Revoked,
    roles::is_for_packages,
    rule::Rule,
    sense::{check_helpers, check_roles, check_threshold},
    signer::TrustedSigner,
    trust::{Authority, Changes},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    policy: i64,
    #[serde(default = "default_group")]
    group: String,
    threshold: usize,
    program_types: Vec<String>,
    #[serde(default = "everything")]
    attach: Vec<String>,
    #[serde(default = "default_helpers")]
    helpers: Vec<String>,
    #[serde(default)]
    kernel_functions: Vec<String>,
    #[serde(default = "default_unbounded")]
    unbounded_entries: u64,
    map_types: Option<Vec<String>>,
    #[serde(default = "default_map_bytes")]
    max_map_bytes: u64,
    #[serde(default = "default_memory")]
    max_memory: u64,
    #[serde(default = "all_readers")]
    readers: Vec<Readers>,
    #[serde(default = "everything")]
    targets: Vec<String>,
    #[serde(rename = "signer", default)]
    signers: Vec<SignerEntry>,
    #[serde(rename = "authority", default)]
    authorities: Vec<AuthorityEntry>,
    #[serde(rename = "rule", default)]
    rules: Vec<RuleEntry>,
    #[serde(rename = "rollback", default)]
    rollbacks: Vec<RollbackEntry>,
    #[serde(default)]
    trust: TrustEntry,
}

/// Who may change trust (§6).
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TrustEntry {
    threshold: Option<usize>,
    #[serde(default)]
    vouches_for: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AuthorityEntry {
    name: String,
    certificate: String,
    #[serde(default = "default_roles")]
    roles: Vec<String>,
    #[serde(default = "everything")]
    packages: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleEntry {
    packages: Vec<String>,
    threshold: usize,
    #[serde(default)]
    roles: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RollbackEntry {
    package: String,
    sequence: u64,
}

fn default_group() -> String {
    "bpfsign".into()
}

fn default_helpers() -> Vec<String> {
    HELPERS.map(str::to_owned).to_vec()
}

fn default_unbounded() -> u64 {
    UNBOUNDED_ENTRIES
}

fn default_map_bytes() -> u64 {
    MAP_BYTES
}

fn default_memory() -> u64 {
    MEMORY_BYTES
}

fn all_readers() -> Vec<Readers> {
    vec![Readers::Agents, Readers::Root]
}

pub(super) fn parse(text: &str) -> Result<Policy, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    if file.policy != 1 {
        return Err(format!("version {}; this program knows 1", file.policy));
    }
    check_helpers(&file.helpers)?;
    let mut signers: Vec<TrustedSigner> = Vec::new();
    for entry in &file.signers {
        let signer = entry.signer()?;
        if signers.iter().any(|s| s.key == signer.key || s.name == signer.name) {
            return Err(format!("signer `{}` is there twice", signer.name));
        }
        signers.push(signer);
    }
    let authorities: Vec<Authority> =
        file.authorities.iter().map(AuthorityEntry::authority).collect::<Result<_, _>>()?;
    // An authority may have any number of signers.
    let many = |n: usize| if authorities.is_empty() { n } else { usize::MAX };
    let able = signers.iter().filter(|s| s.may_sign_packages()).count();
    check_threshold("threshold", file.threshold, many(able))?;
    let rules =
        file.rules.iter().map(|r| r.rule(&signers, &authorities)).collect::<Result<_, _>>()?;
    let named = |roles: &[String]| roles.to_vec();
    let named_roles = signers
        .iter()
        .chain(authorities.iter().map(|a| &a.grants))
        .flat_map(|s| named(&s.roles))
        .collect();
    let changes = Changes { threshold: file.trust.threshold, vouches_for: file.trust.vouches_for };
    let trust = Trust {
        signers,
        authorities,
        rules,
        threshold: file.threshold,
        changes,
        named_roles,
        revoked: Revoked::default(),
    };
    check_roles(&trust)?;
    Ok(Policy {
        group: file.group,
        sm3: sm3_hex(text.as_bytes()),
        trust,
        updates: Vec::new(),
        allow: Allow {
            program_types: file.program_types,
            attach: patterns(&file.attach),
            helpers: patterns(&file.helpers),
            kernel_functions: patterns(&file.kernel_functions),
            unbounded_entries: file.unbounded_entries,
            map_types: file.map_types,
            max_map_bytes: file.max_map_bytes,
            max_memory: file.max_memory,
            readers: file.readers,
            targets: patterns(&file.targets),
        },
        rollback: file.rollbacks.into_iter().map(|r| (r.package, r.sequence)).collect(),
    })
}

impl AuthorityEntry {
    fn authority(&self) -> Result<Authority, String> {
        let name = &self.name;
        let certificates = Certificate::from_pem(self.certificate.trim_start().as_bytes())
            .map_err(|e| format!("authority `{name}`: {e}"))?;
        let [certificate] = certificates.as_slice() else {
            return Err(format!("authority `{name}` has more than one certificate"));
        };
        if !certificate.is_authority() {
            return Err(format!("authority `{name}`: its certificate is no authority's"));
        }
        let grants = TrustedSigner {
            roles: self.roles.clone(),
            packages: patterns(&self.packages),
            ..TrustedSigner::new(name.clone(), certificate.key().clone())
        };
        Ok(Authority { certificate: certificate.clone(), grants })
    }
}

impl RuleEntry {
    fn rule(&self, signers: &[TrustedSigner], authorities: &[Authority]) -> Result<Rule, String> {
        let what = format!("the rule for {} has a threshold", self.packages.join(", "));
        let many = |n: usize| if authorities.is_empty() { n } else { usize::MAX };
        let able = signers.iter().filter(|s| s.may_sign_packages()).count();
        check_threshold(&what, self.threshold, many(able))?;
        if self.packages.is_empty() {
            return Err("a rule is for no package".to_owned());
        }
        for (role, count) in &self.roles {
            if !is_for_packages(role) {
                return Err(format!("a rule for packages wants role `{role}`, which signs none"));
            }
            let able = signers.iter().filter(|s| s.roles.contains(role)).count();
            let certified = authorities.iter().any(|a| a.grants.roles.contains(role));
            if able < *count && !certified {
                return Err(format!("a rule wants {count} signers in role `{role}` of {able}"));
            }
        }
        Ok(Rule {
            packages: patterns(&self.packages),
            threshold: self.threshold,
            roles: self.roles.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use bpfsign_keys::SecretKey;

    use super::*;

    fn policy(threshold: &str, signers: usize, extra: &str) -> Result<Policy, String> {
        let mut text = format!(
            "policy = 1\nthreshold = {threshold}\nprogram-types = [\"tracing\"]\n{extra}\n"
        );
        let key = SecretKey::generate().unwrap().public().to_pem().unwrap();
        for i in 0..signers {
            text += &format!("[[signer]]\nname = \"s{i}\"\npublic-key = \"\"\"\n{key}\"\"\"\n");
        }
        parse(&text)
    }

    #[test]
    fn accepts_a_policy_and_names_its_defaults() {
        let policy = policy("1", 1, "").unwrap();
        assert_eq!((policy.group.as_str(), policy.trust.threshold), ("bpfsign", 1));
        assert_eq!(policy.lowest_sequence("x", 7), 7);
    }

    #[test]
    fn refuses_thresholds_that_mean_nothing_and_repeated_keys() {
        assert!(policy("0", 1, "").unwrap_err().contains("threshold 0"));
        assert!(policy("2", 1, "").unwrap_err().contains("threshold 2"));
        assert!(policy("1", 0, "signer = []").unwrap_err().contains("threshold 1 of 0"));
        assert!(policy("1", 2, "").unwrap_err().contains("twice"));
        assert!(policy("1", 1, "verify = false").unwrap_err().contains("unknown field"));
    }

    #[test]
    fn refuses_what_would_silently_mean_something_else() {
        let refuses = |extra: &str, why: &str| {
            let refused = policy("1", 1, extra).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        };
        refuses("helpers = [\"probe_raed\"]", "no helper `probe_raed`");
        refuses("readers = [\"everyone\"]", "unknown variant");
        refuses("[[rule]]\npackages = [\"*\"]\nthreshold = 2", "threshold 2 of 1");
        refuses("[[rule]]\npackages = []\nthreshold = 1", "for no package");
        refuses(
            "[[rule]]\npackages = [\"*\"]\nthreshold = 1\nroles = { review = 1 }",
            "wants 1 signers in role `review` of 0",
        );
        let policy = policy("1", 1, "[[rollback]]\npackage = \"x\"\nsequence = 3").unwrap();
        assert_eq!((policy.lowest_sequence("x", 7), policy.lowest_sequence("y", 7)), (3, 7));
        assert_eq!(policy.lowest_sequence("x", 2), 2);
    }
}
