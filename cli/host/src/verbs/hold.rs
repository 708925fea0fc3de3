// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign hold`.

use std::{io::Write, net::SocketAddr};

use bpfsign_loader::hold;
use bpfsign_verify::Host;

use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// Keep a package's links that this kernel cannot pin, and serve agents.
///
/// `load` starts it where it is needed; as a service it is
/// bpfsign-hold@NAME.service. It attaches the pinned programs of the package that is
/// loaded, prints `ready`, and ends when nothing is left to hold or to serve. There is
/// never more than one for a package. Agents ask it by HTTP at
/// /run/bpfsign/NAME/agents.sock for /metrics, /maps/MAP and /events.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign hold sched-latency --listen 127.0.0.1:9435 &")]
pub struct Hold {
    #[command(flatten)]
    host: HostArgs,
    /// Give /metrics to whoever is on this machine at this loopback address as well; a
    /// holder that runs already does it.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The package.
    #[arg(value_name = "NAME")]
    name: String,
}

impl Run for Hold {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        hold(&Host::from(self.host), &self.name, self.listen, || {
            // Whoever started it may not listen any more.
            let _ = writeln!(std::io::stdout(), "ready");
        })?;
        Report::streamed(Ok(()), &mut std::io::stdout())
    }
}
