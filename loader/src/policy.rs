// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host's policy: whom it trusts, and what a package may do.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use bpfsign_format::bpf::ObjectFacts;
use bpfsign_keys::PublicKey;
use serde::Deserialize;

use crate::{Error, Reason, Result, Trust, TrustedKey};

/// The largest policy that is read, in bytes.
const MAX_POLICY: u64 = 256 * 1024;

/// A policy that only root could have written.
#[derive(Debug)]
pub struct Policy {
    /// The group whose members read the maps for agents.
    pub group: String,
    /// Kernel program types that a package may hold: `tracing`.
    pub program_types: Vec<String>,
    /// Whose signatures count, and how many are needed.
    pub trust: Trust,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    policy: i64,
    #[serde(default = "default_group")]
    group: String,
    threshold: usize,
    program_types: Vec<String>,
    #[serde(rename = "signer")]
    signers: Vec<Signer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Signer {
    name: String,
    public_key: String,
}

fn default_group() -> String {
    "bpfsign".into()
}

impl Policy {
    /// Reads the policy at `path`.
    ///
    /// # Errors
    /// [`Reason::PolicyMissing`]; [`Reason::PolicyWritable`] when anyone but
    /// root can change it or a directory above it; [`Reason::PolicyInvalid`].
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_trusted(path)?;
        Self::parse(&text).map_err(|why| Error::new(path, Reason::PolicyInvalid(why)))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        if file.policy != 1 {
            return Err(format!("version {}; this program knows 1", file.policy));
        }
        let mut keys: Vec<TrustedKey> = Vec::new();
        for signer in &file.signers {
            let key = PublicKey::from_pem(signer.public_key.trim_start())
                .map_err(|e| format!("signer `{}`: {e}", signer.name))?;
            if keys.iter().any(|k| k.key == key || k.name == signer.name) {
                return Err(format!("signer `{}` is there twice", signer.name));
            }
            keys.push(TrustedKey { name: signer.name.clone(), key });
        }
        if !(1..=keys.len()).contains(&file.threshold) {
            return Err(format!("threshold {} of {} signers", file.threshold, keys.len()));
        }
        let trust = Trust { keys, threshold: file.threshold };
        Ok(Self { group: file.group, program_types: file.program_types, trust })
    }

    /// Checks what the object does, as libbpf reads it, against the policy.
    pub(crate) fn check(&self, facts: &ObjectFacts) -> Result<(), Reason> {
        let refused = facts.programs.iter().find(|p| !self.program_types.contains(&p.program_type));
        match refused {
            None => Ok(()),
            Some(p) => Err(Reason::ProgramType {
                program: p.name.clone(),
                program_type: p.program_type.clone(),
            }),
        }
    }
}

/// Reads a file that only root can change: it and every directory above it
/// belong to root and nobody else may write them.
fn read_trusted(path: &Path) -> Result<String> {
    let io = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::new(path, Reason::PolicyMissing),
        _ => Error::new(path, Reason::Io(error)),
    };
    let real = path.canonicalize().map_err(io)?;
    for directory in real.ancestors().skip(1) {
        check_owner(path, directory, &directory.metadata().map_err(io)?)?;
    }
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(&real)
        .map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    check_owner(path, &real, &metadata)?;
    if !metadata.is_file() {
        return Err(Error::new(path, Reason::NotAFile));
    }
    let mut text = String::new();
    file.take(MAX_POLICY + 1).read_to_string(&mut text).map_err(io)?;
    match text.len() as u64 <= MAX_POLICY {
        true => Ok(text),
        false => Err(Error::new(path, Reason::PolicyInvalid("larger than 256 KiB".into()))),
    }
}

fn check_owner(policy: &Path, what: &Path, metadata: &std::fs::Metadata) -> Result<()> {
    match metadata.uid() == 0 && metadata.mode() & 0o022 == 0 {
        true => Ok(()),
        false => Err(Error::new(policy, Reason::PolicyWritable(what.to_owned()))),
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
        Policy::parse(&text)
    }

    #[test]
    fn accepts_a_policy_and_names_its_defaults() {
        let policy = policy("1", 1, "").unwrap();
        assert_eq!((policy.group.as_str(), policy.trust.threshold), ("bpfsign", 1));
    }

    #[test]
    fn refuses_thresholds_that_mean_nothing_and_repeated_keys() {
        assert!(policy("0", 1, "").unwrap_err().contains("threshold 0"));
        assert!(policy("2", 1, "").unwrap_err().contains("threshold 2"));
        assert!(policy("1", 0, "signer = []").unwrap_err().contains("threshold 1 of 0"));
        assert!(policy("1", 2, "").unwrap_err().contains("twice"));
        assert!(policy("1", 1, "verify = false").unwrap_err().contains("unknown field"));
    }
}
