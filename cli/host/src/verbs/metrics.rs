// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign metrics`.

use bpfsign_loader::metrics;
use bpfsign_verify::Host;
use serde_json::json;

use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// Print a package's metrics as Prometheus text.
///
/// The same as reading the pin with `cat`; it needs no privilege but
/// membership in the agents' group.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign metrics sched-latency")]
pub struct Metrics {
    #[command(flatten)]
    host: HostArgs,
    /// The package.
    #[arg(value_name = "NAME")]
    name: String,
}

impl Run for Metrics {
    fn run(self, as_json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        if as_json {
            let mut text = Vec::new();
            metrics(&host, &self.name, &mut text)?;
            let text = String::from_utf8_lossy(&text);
            return Report::new("", &json!({ "package": self.name, "text": text }));
        }
        let mut out = std::io::stdout().lock();
        let written = metrics(&host, &self.name, &mut out);
        Report::streamed(written, &mut out)
    }
}
