// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign list`.

use bpfsign_loader::{packages, status};
use bpfsign_verify::Host;
use serde_json::json;

use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// List the loaded packages.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign list --json")]
pub struct List {
    #[command(flatten)]
    host: HostArgs,
}

impl Run for List {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let mut lines = Vec::new();
        let mut entries = Vec::new();
        for name in packages(&host)? {
            match status(&host, &name) {
                Ok(s) => {
                    lines.push(format!(
                        "{name} {} (sequence {})",
                        s.record.version, s.record.sequence
                    ));
                    entries.push(json!({
                        "name": name,
                        "version": s.record.version,
                        "sequence": s.record.sequence,
                    }));
                }
                // Pins without a record, or a record that this user may not read.
                Err(error) => {
                    lines.push(format!("{name} ({})", error.reason));
                    entries.push(json!({ "name": name, "problem": error.reason.code() }));
                }
            }
        }
        if lines.is_empty() {
            lines.push("no package is loaded".to_owned());
        }
        Report::new(lines.join("\n"), &json!({ "packages": entries }))
    }
}
