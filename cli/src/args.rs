// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The command line.

use std::path::PathBuf;

use bpfsign_verify::Host;
use clap::Parser;

use crate::verbs::Verb;

/// Signed BPF programs, from source to pinned maps.
#[derive(Debug, Parser)]
#[command(
    name = "bpfsign",
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 not authentic, 4 not trusted,\n\
                  5 refused by policy, 6 this host cannot run it, 7 load or attach failed.\n\n\
                  Example:\n  bpfsign verify --trust release.key.pub sched-latency-0.1.0.bpfpkg"
)]
pub(crate) struct Args {
    /// Print one JSON object on standard output instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Where the host keeps things; the defaults are those of an installed host.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Host")]
pub(crate) struct HostArgs {
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
        }
    }
}

/// Where the targets lie that a user added.
#[cfg(feature = "author")]
#[derive(Debug, clap::Args)]
pub(crate) struct TargetArgs {
    /// Targets and BTF of one's own; otherwise BPFSIGN_TARGETS, then
    /// ~/.config/bpfsign/targets.
    #[arg(long, value_name = "DIR", global = true)]
    targets: Option<PathBuf>,
}

#[cfg(feature = "author")]
impl TargetArgs {
    pub(crate) fn open(&self) -> Result<bpfsign_packaging::Targets, crate::failure::Failure> {
        let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let own = || {
            let config =
                variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
            Some(config?.join("bpfsign/targets"))
        };
        let directory = self.targets.clone().or_else(|| variable("BPFSIGN_TARGETS")).or_else(own);
        // Without a home there are only those that come with bpfsign.
        let directory = directory.unwrap_or_else(|| "bpfsign-targets".into());
        Ok(bpfsign_packaging::Targets::open(&directory)?)
    }
}
