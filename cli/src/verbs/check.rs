// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign check`.

use std::path::PathBuf;

use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::{ObjectCheck, check};
use serde_json::json;

use crate::{errors::OrFailure, targets::TargetArgs};

/// Say whether a package or an object would load on a target, without a kernel.
///
/// Every reason why it would not is listed at once, with program, instruction
/// and source line. CO-RE relocations are evaluated by libbpf's own code
/// against the BTF of the target's kernels. Exit code 6 if it would not load.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign check sched-latency-0.1.0.bpfpkg --target kylin-v10-4.19"
)]
pub(crate) struct Check {
    #[command(flatten)]
    targets: TargetArgs,
    /// A package or an object.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The target, or several.
    #[arg(long, value_name = "NAME", required = true)]
    target: Vec<String>,
}

impl Run for Check {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let targets = self.targets.open()?;
        let mut loads = true;
        let mut objects: Vec<ObjectCheck> = Vec::new();
        for name in &self.target {
            let checked =
                check(&self.file, targets.get(name).or_failure()?, &targets).or_failure()?;
            loads &= checked.loads;
            objects.extend(checked.objects);
        }
        let text: Vec<_> = objects.iter().map(ToString::to_string).collect();
        let json = json!({ "file": self.file, "loads": loads, "objects": objects });
        let report = Report::new(text.join("\n"), &json)?;
        Ok(if loads { report } else { report.cannot_run() })
    }
}
