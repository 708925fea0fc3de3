// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign build`.

use std::path::PathBuf;

use bpfsign_format::write_whole;
use bpfsign_packaging::{Compiler, build};
use serde_json::json;

use crate::{failure::Failure, report::Report};

/// Build a program directory into an unsigned package.
///
/// The directory holds `program.toml` and the C source. The same source and
/// compiler give the same bytes, wherever the directory lies.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign build programs/sched-latency -o sched-latency-0.1.0.bpfpkg"
)]
pub(crate) struct Build {
    /// The program directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The package to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The clang to compile with.
    #[arg(long, value_name = "PROGRAM", default_value = "clang")]
    clang: PathBuf,
}

impl Build {
    pub(crate) fn run(self) -> Result<Report, Failure> {
        let built = build(&self.directory, &Compiler::new(self.clang))?;
        if !built.warnings.is_empty() {
            eprint!("{}", built.warnings);
        }
        write_whole(&self.output, &built.bytes, 0o644)
            .map_err(|e| Failure::io(&self.output, &e))?;
        let manifest = &built.manifest;
        let output = self.output.display();
        let text = format!(
            "built {output}\n{} {}, sequence {}, {} bytes, not signed\nsm3 {}",
            manifest.name,
            manifest.version,
            manifest.sequence,
            built.bytes.len(),
            built.sm3
        );
        let json = json!({
            "file": self.output,
            "name": manifest.name,
            "version": manifest.version,
            "sequence": manifest.sequence,
            "size": built.bytes.len(),
            "sm3": built.sm3,
        });
        Report::new(text, &json)
    }
}
