// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign unload`.

use bpfsign_loader::{ReadyHost, unload};
use bpfsign_verify::Host;
use serde_json::json;

use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// Detach a package's programs and remove its pins.
///
/// The highest sequence seen stays remembered.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign unload sched-latency")]
pub struct Unload {
    #[command(flatten)]
    host: HostArgs,
    /// The package.
    #[arg(value_name = "NAME")]
    name: String,
}

impl Run for Unload {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host).lock()?;
        unload(&ReadyHost::new(&host, None)?, &self.name)?;
        Report::new(format!("unloaded {}", self.name), &json!({ "unloaded": self.name }))
    }
}
