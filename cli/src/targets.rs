// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The option that says where one's own targets lie.

use std::path::PathBuf;

use bpfsign_host::Failure;
use bpfsign_packaging::Targets;

use crate::errors::OrFailure;

/// Where the targets lie that a user added.
#[derive(Debug, clap::Args)]
pub(crate) struct TargetArgs {
    /// Targets and BTF of one's own; otherwise BPFSIGN_TARGETS, then
    /// ~/.config/bpfsign/targets.
    #[arg(long, value_name = "DIR", global = true)]
    targets: Option<PathBuf>,
}

impl TargetArgs {
    pub(crate) fn open(&self) -> Result<Targets, Failure> {
        let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let own = || {
            let config =
                variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
            Some(config?.join("bpfsign/targets"))
        };
        let directory = self.targets.clone().or_else(|| variable("BPFSIGN_TARGETS")).or_else(own);
        // Without a home there are only those that come with bpfsign.
        let directory = directory.unwrap_or_else(|| "bpfsign-targets".into());
        Targets::open(&directory).or_failure()
    }
}
