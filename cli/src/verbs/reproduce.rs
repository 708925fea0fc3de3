// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign reproduce`.

use std::path::PathBuf;

use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::{Compiler, reproduce};
use bpfsign_verify::ExitCode;

use crate::{errors::OrFailure, targets::TargetArgs};

/// Build a package again from its source, and compare byte for byte.
///
/// For reviewers, before they sign, and for whoever wants to know that a package is what its
/// source says. Signatures are left out of it. What differs is named, with exit code 3: files,
/// and by the provenance the sources, flags and versions.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign reproduce sched-latency-0.1.0.bpfpkg --source programs/sched-latency"
)]
pub(crate) struct Reproduce {
    #[command(flatten)]
    targets: TargetArgs,
    /// The package.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The program directory.
    #[arg(long, value_name = "DIR")]
    source: PathBuf,
    /// The clang to compile with.
    #[arg(long, value_name = "PROGRAM", default_value = "clang")]
    clang: PathBuf,
}

impl Run for Reproduce {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let targets = self.targets.open()?;
        let compiler = Compiler::new(&self.clang);
        let found = reproduce(&self.file, &self.source, &compiler, &targets).or_failure()?;
        let file = self.file.display();
        if found.same {
            let text = format!("{file} is what {} gives\nsm3 {}", self.source.display(), found.sm3);
            return Report::new(text, &found);
        }
        let mut text = format!("{file} is not what {} gives\n", self.source.display());
        for name in &found.files {
            text += &format!("  {name} differs\n");
        }
        for cause in &found.causes {
            text += &format!("  cause: {cause}\n");
        }
        Ok(Report::new(text, &found)?.with_exit(Some(ExitCode::NotAuthentic)))
    }
}
