// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign pull`.

use std::path::{Path, PathBuf};

use bpfsign_host::{Failure, HostArgs, Report, Run, TrustArgs, keep, release, signed_by};
use bpfsign_registry::Reference;
use bpfsign_verify::{Host, Sealed, Verified};
use serde_json::json;

use crate::{
    errors::OrFailure,
    network::{self, NetworkArgs},
};

/// Pull a package from an OCI registry, and verify it before it is written.
///
/// The registry is not trusted: the signatures must be those of the given keys or the
/// policy's, and a release older than one that was pulled or loaded before is refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign pull --trust release.key.pub registry.example/probes/sched-latency:0.1.0"
)]
pub(crate) struct Pull {
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    host: HostArgs,
    /// The file to write; otherwise NAME-VERSION.bpfpkg here.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@sha256:DIGEST.
    #[arg(value_name = "REFERENCE")]
    reference: String,
}

impl Run for Pull {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let reference = Reference::parse(&self.reference).or_failure()?;
        let host = Host::from(self.host);
        let bar = network::bar();
        let pulled = self.network.client()?.pull(&reference, &mut |there, all| {
            bar.set_length(all);
            bar.set_position(there);
        });
        bar.finish_and_clear();
        let pulled = pulled.or_failure()?;
        let host = host.lock()?;
        let trust = self.trust.or_policy(&host)?;
        let verified =
            Sealed::from_bytes(Path::new(&self.reference), pulled.bytes)?.verify(&trust)?;
        let received = verified.receive(&host)?;
        let output = self.output.unwrap_or_else(|| file_name(&verified).into());
        received.remember(&host)?;
        keep(&verified, &output)?;
        let mut text = format!("pulled {}\n", release(&verified));
        text += &signed_by(verified.signers());
        text += &format!("digest {}\nwrote {}", pulled.digest, output.display());
        let json = json!({
            "reference": reference.to_string(),
            "digest": pulled.digest,
            "file": output,
            "name": verified.name(),
            "version": verified.manifest().map(|m| &m.version),
            "sequence": verified.manifest().map(|m| m.sequence),
            "sm3": verified.sm3(),
            "signers": verified.signers(),
        });
        Report::new(text, &json)
    }
}

fn file_name(verified: &Verified) -> String {
    let version = verified.manifest().map_or("0.0.0", |m| &m.version);
    format!("{}-{version}.bpfpkg", verified.name())
}
