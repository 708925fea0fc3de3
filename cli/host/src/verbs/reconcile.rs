// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign reconcile`.

use bpfsign_loader::{ReadyHost, reconcile};
use bpfsign_verify::Host;
use serde_json::json;

use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// Unload what today's policy and trust would refuse.
///
/// Every loaded package is verified again, from what `load` kept of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign reconcile")]
pub struct Reconcile {
    #[command(flatten)]
    host: HostArgs,
}

impl Run for Reconcile {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host).lock()?;
        let unloaded = reconcile(&ReadyHost::new(&host, None)?, &host.policy()?)?;
        let mut text: String = unloaded
            .iter()
            .map(|(name, why)| format!("unloaded {name}: {}\n", why.reason))
            .collect();
        if unloaded.is_empty() {
            text += "everything that is loaded is still trusted and allowed\n";
        }
        let json: Vec<_> = unloaded
            .iter()
            .map(|(name, why)| json!({ "name": name, "code": why.reason.code() }))
            .collect();
        Report::new(text, &json!({ "unloaded": json }))
    }
}
