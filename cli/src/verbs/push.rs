// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign push`.

use std::path::PathBuf;

use bpfsign_files::read_bounded;
use bpfsign_format::{Package, limits};
use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::At;
use bpfsign_registry::Reference;
use serde_json::json;

use crate::{
    errors::OrFailure,
    network::{self, NetworkArgs},
};

/// Push a package to an OCI registry.
///
/// Credentials are those of docker's configuration. The same package gets the same digest in
/// every registry.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign push sched-latency-0.1.0.bpfpkg registry.example/probes/sched-latency:0.1.0"
)]
pub(crate) struct Push {
    #[command(flatten)]
    network: NetworkArgs,
    /// The package.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where it goes: REGISTRY/REPOSITORY:TAG.
    #[arg(value_name = "REFERENCE")]
    reference: String,
}

impl Run for Push {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let reference = Reference::parse(&self.reference).or_failure()?;
        let bytes = read_bounded(&self.file, limits::PACKAGE_BYTES).at(&self.file).or_failure()?;
        let container = Package::parse(bytes).at(&self.file).or_failure()?;
        let manifest = container.checked_manifest().at(&self.file).or_failure()?;
        let signatures = container.envelope().signatures().count();
        let title = format!("{}-{}.bpfpkg", manifest.name, manifest.version);
        let bytes = container.into_bytes();
        let bar = network::bar();
        bar.set_length(bytes.len() as u64);
        let there = bar.clone();
        let client = self.network.client()?;
        let pushed = client.push(&reference, bytes, &title, &manifest.version, move |sent| {
            there.set_position(sent);
        });
        bar.finish_and_clear();
        let pushed = pushed.or_failure()?;
        let mut text = format!("pushed {reference}\ndigest {}", pushed.digest);
        if signatures == 0 {
            text += "\nnote: it is not signed yet, and no host takes it";
        }
        let json = json!({
            "reference": reference.to_string(),
            "digest": pushed.digest,
            "package_digest": pushed.layer,
            "signatures": signatures,
        });
        Report::new(text, &json)
    }
}
