// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a policy must not say, since it would mean something else than it seems to.

use bpfsign_format::bpf::helpers;

use super::Trust;

/// A threshold that the signers can reach, and that means something (§3.2).
pub(super) fn check_threshold(what: &str, threshold: usize, signers: usize) -> Result<(), String> {
    match (1..=signers).contains(&threshold) {
        true => Ok(()),
        false => Err(format!("{what} {threshold} of {signers} signers")),
    }
}

/// A misspelt role would count for nothing, and nobody would know why.
pub(super) fn check_roles(trust: &Trust) -> Result<(), String> {
    if let Some(role) = trust.unused_roles().first() {
        return Err(format!("no rule asks for role `{role}`, so nobody counts in it"));
    }
    if trust.changes.threshold == Some(0) {
        return Err("a trust update needs a threshold of at least 1".to_owned());
    }
    let known = |role: &&String| trust.named_roles.contains(*role);
    match trust.changes.vouches_for.iter().find(|role| !known(role)) {
        Some(role) => Err(format!("`vouches-for` names role `{role}`, which nobody has")),
        None => Ok(()),
    }
}

/// A misspelt helper would allow nothing, and nobody would know why.
pub(super) fn check_helpers(listed: &[String]) -> Result<(), String> {
    let known = |name: &String| name.contains('*') || helpers().any(|h| h.name == name);
    match listed.iter().find(|name| !known(name)) {
        Some(name) => Err(format!("there is no helper `{name}`")),
        None => Ok(()),
    }
}
