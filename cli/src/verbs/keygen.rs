// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign keygen`.

use std::path::{Path, PathBuf};

use bpfsign_files::{with_suffix, write_new};
use bpfsign_host::{Failure, Report, Run};
use bpfsign_keys::{KeyError, SecretKey, read_passphrase};
use serde_json::json;

use crate::errors::OrFailure;

/// Make an SM2 key pair.
///
/// Writes the private key as PKCS#8 PEM with mode 0600, and the public key
/// beside it with `.pub` added. Neither file may exist.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign keygen --out release.key")]
pub(crate) struct Keygen {
    /// The private key's file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Encrypt the private key with the first line of this file.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Run for Keygen {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let passphrase =
            self.passphrase_file.as_deref().map(read_passphrase).transpose().or_failure()?;
        let passphrase = passphrase.as_ref().map(|p| p.as_bytes());
        let public_path = with_suffix(&self.out, ".pub");
        let key = SecretKey::generate().map_err(|e| key_failure(&self.out, &e))?;
        let secret = key.to_pem(passphrase).map_err(|e| key_failure(&self.out, &e))?;
        let public = key.public().to_pem().map_err(|e| key_failure(&self.out, &e))?;
        write_new(&self.out, secret.as_bytes(), 0o600).map_err(|e| Failure::io(&self.out, &e))?;
        if let Err(error) = write_new(&public_path, public.as_bytes(), 0o644) {
            // Half a key pair is no key pair.
            let _ = std::fs::remove_file(&self.out);
            return Err(Failure::io(&public_path, &error));
        }
        let id = key.public().id().to_string();
        let text = format!(
            "private key {} (keep it secret)\npublic key  {}\nkey id      {id}",
            self.out.display(),
            public_path.display()
        );
        Report::new(text, &json!({ "key": self.out, "public_key": public_path, "key_id": id }))
    }
}

fn key_failure(path: &Path, error: &KeyError) -> Failure {
    Failure::new("key", format!("{}: {error}", path.display()), None)
}
