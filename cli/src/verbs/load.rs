// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign load`.

use std::path::PathBuf;

use bpfsign_format::manifest::Readers;
use bpfsign_loader::{Host, Policy, Record, Sealed};

use crate::{args::HostArgs, failure::Failure, report::Report};

/// Verify a package, load it, attach its programs and pin its maps.
///
/// Nothing reaches the kernel before the signatures and the policy hold; there
/// is no way to turn that off. A package of the same name is replaced, and the
/// data of maps whose layout is unchanged is kept.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign load sched-latency-0.1.0.bpfpkg")]
pub(crate) struct Load {
    #[command(flatten)]
    host: HostArgs,
    /// A package, or an object whose signature lies beside it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Load {
    pub(crate) fn run(self) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let policy = Policy::read(&host.policy)?;
        let verified = Sealed::read(&self.file)?.verify(&policy.trust)?;
        let approved = verified.approve(&policy, &host)?;
        let host = host.lock(Some(&policy.group))?;
        let pinned = approved.load(&host)?.pin()?;
        Report::new(text(pinned.record(), &host, &policy.group), pinned.record())
    }
}

fn text(record: &Record, host: &Host, group: &str) -> String {
    let current = host.pin_root.join(&record.name).join("current");
    let current = current.display();
    let mut text = format!(
        "loaded {} {}, sequence {}, generation {}\n",
        record.name, record.version, record.sequence, record.generation
    );
    for program in &record.programs {
        text += &format!("  attached {} at {}\n", program.name, program.attach);
    }
    for map in &record.maps {
        let readers = match map.readers {
            Readers::Agents => format!("read by group {group}"),
            Readers::Root => "read by root".to_owned(),
        };
        let kept = if map.kept { ", data kept" } else { "" };
        text += &format!("  pinned {current}/maps/{} ({readers}{kept})\n", map.pin);
    }
    if record.metrics {
        text += &format!("  metrics {current}/metrics\n");
    }
    text
}
