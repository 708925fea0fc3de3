// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign tags`.

use bpfsign_registry::Reference;
use serde_json::json;

use crate::{failure::Failure, network::NetworkArgs, report::Report};

/// List the tags of a repository in an OCI registry.
///
/// A registry can say what it likes; `pull` believes it nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign tags registry.example/probes/sched-latency")]
pub(crate) struct Tags {
    #[command(flatten)]
    network: NetworkArgs,
    /// REGISTRY/REPOSITORY.
    #[arg(value_name = "REPOSITORY")]
    repository: String,
}

impl Tags {
    pub(crate) fn run(self) -> Result<Report, Failure> {
        let reference = Reference::parse(&self.repository)?;
        let tags = self.network.client()?.tags(&reference)?;
        Report::new(tags.join("\n"), &json!({ "tags": tags }))
    }
}
