// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign verify`.

use std::path::{Path, PathBuf};

use bpfsign_format::read_bounded;
use bpfsign_keys::{KeyError, PublicKey};
use bpfsign_loader::{Error, Policy, Reason, Sealed, Trust, TrustedSigner, Verified};
use serde_json::json;

use crate::{args::HostArgs, failure::Failure, report::Report};

/// Verify a package's signatures and digests, without loading it.
///
/// Trusts the given public keys, or without any the signers of the policy.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign verify --trust release.key.pub sched-latency-0.1.0.bpfpkg"
)]
pub(crate) struct Verify {
    /// A public key to trust; may be given more than once.
    #[arg(long, value_name = "PUB")]
    trust: Vec<PathBuf>,
    /// How many of the keys must have signed.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "trust",
          value_parser = clap::value_parser!(u32).range(1..))]
    threshold: u32,
    #[command(flatten)]
    host: HostArgs,
    /// A package, or an object whose signature lies beside it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// The largest public key file that is read, in bytes.
const MAX_KEY: usize = 16 * 1024;

impl Verify {
    pub(crate) fn run(self) -> Result<Report, Failure> {
        let trust = match self.trust.is_empty() {
            true => Policy::of_host(&bpfsign_loader::Host::from(self.host))?.trust,
            false => Trust::new(trusted_keys(&self.trust)?, self.threshold as usize),
        };
        let verified = Sealed::read(&self.file)?.verify(&trust)?;
        report(&self.file, &verified)
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
        bpfsign_format::ReadError::Io(e) => fail(Reason::Io(e)),
        _ => fail(Reason::TrustedKey(KeyError::NotPem("PUBLIC KEY"))),
    })?;
    let text = str::from_utf8(&bytes)
        .map_err(|_| fail(Reason::TrustedKey(KeyError::NotPem("PUBLIC KEY"))))?;
    let key = PublicKey::from_pem(text).map_err(|e| fail(Reason::TrustedKey(e)))?;
    Ok(TrustedSigner::new(path.display().to_string(), key))
}

fn report(file: &Path, verified: &Verified) -> Result<Report, Failure> {
    let mut text = format!("verified {}\n", file.display());
    let kind = match verified.manifest() {
        Some(m) => {
            text += &format!("{} {}, sequence {}\n", m.name, m.version, m.sequence);
            "package"
        }
        None => {
            text += &format!("{}, a bare object\n", verified.name());
            "object"
        }
    };
    for signer in verified.signers() {
        text += &format!("signed by {} ({})\n", signer.name, signer.key);
    }
    text += &format!("sm3 {}", verified.sm3());
    let json = json!({
        "file": file,
        "kind": kind,
        "name": verified.name(),
        "version": verified.manifest().map(|m| &m.version),
        "sequence": verified.manifest().map(|m| m.sequence),
        "sm3": verified.sm3(),
        "signers": verified.signers(),
    });
    Report::new(text, &json)
}
