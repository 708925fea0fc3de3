// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign tags`.

use bpfsign_host::{Failure, Report, Run};
use bpfsign_registry::Reference;
use serde_json::json;

use crate::{errors::OrFailure, network::NetworkArgs};

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

impl Run for Tags {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let reference = Reference::parse(&self.repository).or_failure()?;
        let tags = self.network.client()?.tags(&reference).or_failure()?;
        Report::new(tags.join("\n"), &json!({ "tags": tags }))
    }
}
