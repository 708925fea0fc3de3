// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign status`.

use bpfsign_format::manifest::Readers;
use bpfsign_loader::{Health, Host, PackageStatus, packages, status};
use serde_json::json;

use crate::{args::HostArgs, failure::Failure, report::Report};

/// Show what is loaded, who signed it, and whether it is whole.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign status sched-latency")]
pub(crate) struct Status {
    #[command(flatten)]
    host: HostArgs,
    /// One package only.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Status {
    pub(crate) fn run(self) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let names = match self.name {
            Some(name) => vec![name],
            None => packages(&host)?,
        };
        let all = names
            .iter()
            .map(|name| status(&host, name))
            .collect::<bpfsign_loader::Result<Vec<_>>>()?;
        let text = match all.is_empty() {
            true => "no package is loaded".to_owned(),
            false => all.iter().map(describe).collect::<Vec<_>>().join("\n"),
        };
        Report::new(text, &json!({ "packages": all }))
    }
}

fn describe(status: &PackageStatus) -> String {
    let record = &status.record;
    let mut text = format!("{} {}, sequence {}\n", record.name, record.version, record.sequence);
    text += &match &status.health {
        Health::Loaded => "  state    loaded\n".to_owned(),
        Health::Broken(missing) => {
            format!("  state    broken, load it again: missing {}\n", missing.join(", "))
        }
    };
    text += &format!("  sm3      {}\n", record.sm3);
    for signer in &record.signers {
        text += &format!("  signer   {} ({})\n", signer.name, signer.key);
    }
    for program in &record.programs {
        text += &format!("  program  {} at {}\n", program.name, program.attach);
    }
    for map in &record.maps {
        let readers = match map.readers {
            Readers::Agents => "agents",
            Readers::Root => "root",
        };
        let frozen = if map.frozen { ", frozen" } else { "" };
        text += &format!("  map      {} (read by {readers}{frozen})\n", map.pin);
    }
    text
}
