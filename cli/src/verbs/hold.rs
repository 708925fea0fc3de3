// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign hold`.

use std::io::Write;

use bpfsign_loader::{Host, hold};

use crate::{args::HostArgs, failure::Failure, report::Report};

/// Keep a package's links that this kernel cannot pin.
///
/// `load` starts it where it is needed; as a service it is
/// bpfsign-hold@NAME.service. It attaches the pinned programs of the package
/// that is loaded, prints `ready`, and ends when nothing is left to hold. There
/// is never more than one for a package.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign hold sched-latency &")]
pub(crate) struct Hold {
    #[command(flatten)]
    host: HostArgs,
    /// The package.
    #[arg(value_name = "NAME")]
    name: String,
}

impl Hold {
    pub(crate) fn run(self) -> Result<Report, Failure> {
        hold(&Host::from(self.host), &self.name, || {
            // Whoever started it may not listen any more.
            let _ = writeln!(std::io::stdout(), "ready");
        })?;
        Report::streamed(Ok(()), &mut std::io::stdout())
    }
}
