// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The command line.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bpfsign_verify::{Host, Wait};
use clap::Parser;

use crate::Verbs;

/// Signed BPF programs, from source to pinned maps.
#[derive(Debug, Parser)]
#[command(
    name = "bpfsign",
    // Whatever the file is called.
    bin_name = "bpfsign",
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 not authentic, 4 not trusted,\n\
                  5 refused by policy, 6 this host cannot run it, 7 load or attach failed.\n\n\
                  Example:\n  bpfsign verify --trust release.key.pub sched-latency-0.1.0.bpfpkg"
)]
pub struct Args<V: Verbs> {
    /// Print one JSON object on standard output instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: V,
}

/// Where the host keeps things; the defaults are those of an installed host.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Host")]
pub struct HostArgs {
    /// The policy.
    #[arg(long, value_name = "FILE", default_value = Host::POLICY)]
    policy: PathBuf,
    /// What outlives a reboot: the highest sequence of each package.
    #[arg(long, value_name = "DIR", default_value = Host::STATE_DIR)]
    state_dir: PathBuf,
    /// Where programs, links and maps are pinned, on a bpffs.
    #[arg(long, value_name = "DIR", default_value = Host::PIN_ROOT)]
    pin_root: PathBuf,
    /// Where schemas and records lie until the next reboot.
    #[arg(long, value_name = "DIR", default_value = Host::RUN_DIR)]
    run_dir: PathBuf,
    /// How long to wait while another bpfsign changes this host, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(..=86_400))]
    wait: u64,
}

impl From<HostArgs> for Host {
    fn from(args: HostArgs) -> Self {
        // Messages and symlinks are to mean the same from everywhere.
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        Self {
            policy: absolute(args.policy),
            state_dir: absolute(args.state_dir),
            pin_root: absolute(args.pin_root),
            run_dir: absolute(args.run_dir),
            holder: std::env::current_exe().ok(),
            wait: Wait { most: Duration::from_secs(args.wait), say: say_that_it_waits },
        }
    }
}

fn say_that_it_waits(lock: &Path) {
    eprintln!("bpfsign: waiting for another bpfsign that changes this host ({})", lock.display());
}
