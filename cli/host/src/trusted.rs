// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whom to trust, where the command line may say so.

use std::path::{Path, PathBuf};

use bpfsign_files::read_bounded;
use bpfsign_keys::{KeyError, PublicKey};
use bpfsign_verify::{Error, Host, Policy, Reason, Trust, TrustedSigner};

use crate::failure::Failure;

/// The largest public key file that is read, in bytes.
const MAX_KEY: usize = 16 * 1024;

/// Keys to trust instead of the policy's signers.
#[derive(Debug, clap::Args)]
pub struct TrustArgs {
    /// A public key to trust; may be given more than once.
    #[arg(long, value_name = "PUB")]
    trust: Vec<PathBuf>,
    /// How many of the keys must have signed.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "trust",
          value_parser = clap::value_parser!(u32).range(1..))]
    threshold: u32,
}

impl TrustArgs {
    /// The given keys, or without any the signers of the policy.
    ///
    /// # Errors
    /// A key, or the policy, cannot be used.
    pub fn or_policy(&self, host: &Host) -> Result<Trust, Failure> {
        match self.trust.is_empty() {
            true => Ok(Policy::look(host)?.trust),
            false => Ok(Trust::new(trusted_keys(&self.trust)?, self.threshold as usize)),
        }
    }
}

/// Each key once, however often it is given.
fn trusted_keys(paths: &[PathBuf]) -> Result<Vec<TrustedSigner>, Failure> {
    let mut keys: Vec<TrustedSigner> = Vec::new();
    for path in paths {
        let key = trusted_key(path)?;
        if keys.iter().all(|k| k.key() != key.key()) {
            keys.push(key);
        }
    }
    Ok(keys)
}

fn trusted_key(path: &Path) -> Result<TrustedSigner, Failure> {
    let fail = |reason| Failure::from(Error::new(path, reason));
    let bytes = read_bounded(path, MAX_KEY).map_err(|e| match e {
        bpfsign_files::ReadError::Io(e) => fail(Reason::Io(e)),
        _ => fail(Reason::TrustedKey(KeyError::NotPem("PUBLIC KEY"))),
    })?;
    let text = str::from_utf8(&bytes)
        .map_err(|_| fail(Reason::TrustedKey(KeyError::NotPem("PUBLIC KEY"))))?;
    let key = PublicKey::from_pem(text).map_err(|e| fail(Reason::TrustedKey(e)))?;
    Ok(TrustedSigner::new(path.display().to_string(), key))
}
