// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign sign`.

use std::path::{Path, PathBuf};

use bpfsign_files::read_bounded;
use bpfsign_format::limits;
use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::{SignedKind, sign_all};
use serde_json::json;

use crate::{errors::OrFailure, signers::KeyArgs};

/// Sign packages and objects.
///
/// A package (.bpfpkg) gets the signature inside, beside those of others; a
/// bare object (.bpf.o) gets a detached one in FILE.sig. All files are signed, or
/// none. Signing again with the same key gives the same bytes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign sign --key release.key sched-latency-0.1.0.bpfpkg")]
pub(crate) struct Sign {
    #[command(flatten)]
    key: KeyArgs,
    /// Certificates in PEM that lead from the key to an authority: the signer's
    /// first. They go into a package beside the signature.
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// What to sign.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Run for Sign {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let key = self.key.open()?;
        let chain = self.chain.as_deref().map(read_chain).transpose()?;
        let id = key.public().id().to_string();
        let mut text = String::new();
        let mut signed_files = Vec::new();
        let all = sign_all(&self.files, &*key, chain.as_deref()).or_failure()?;
        for (file, signed) in self.files.iter().zip(all) {
            let kind = match signed.kind {
                SignedKind::Package => "package",
                SignedKind::Object => "object",
            };
            text += &format!(
                "signed {} ({} in {})\n",
                file.display(),
                if signed.signatures == 1 {
                    "1 signature".to_owned()
                } else {
                    format!("{} signatures", signed.signatures)
                },
                signed.output.display()
            );
            signed_files.push(json!({
                "file": file,
                "kind": kind,
                "signature_in": signed.output,
                "signatures": signed.signatures,
            }));
        }
        text += &format!("key id {id}");
        Report::new(text, &json!({ "key_id": id, "signed": signed_files }))
    }
}

fn read_chain(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = read_bounded(path, limits::CHAIN_BYTES);
    read.map_err(|e| Failure::new("cert-not-pem", format!("{}: {e}", path.display()), None))
}
