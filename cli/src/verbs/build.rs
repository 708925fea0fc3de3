// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign build`.

use std::path::PathBuf;

use bpfsign_files::write_whole;
use bpfsign_format::manifest::Variant;
use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::{Compiler, ObjectCheck, build};
use serde_json::json;

use crate::{errors::OrFailure, targets::TargetArgs};

/// Build a program directory into an unsigned package.
///
/// The directory holds `program.toml` and the C source. It is compiled once for
/// each kind of target, and refused if an object would not load on a target.
/// The same source, compiler and targets give the same bytes, wherever the
/// directory lies.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign build programs/sched-latency -o sched-latency-0.1.0.bpfpkg"
)]
pub(crate) struct Build {
    #[command(flatten)]
    targets: TargetArgs,
    /// Build for this target, or these, and not for those that program.toml
    /// declares.
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
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

impl Run for Build {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let compiler = Compiler::new(self.clang);
        let built =
            build(&self.directory, &compiler, &self.targets.open()?, &self.target).or_failure()?;
        if !built.warnings.is_empty() {
            eprint!("{}", built.warnings);
        }
        write_whole(&self.output, &built.bytes, 0o644)
            .map_err(|e| Failure::io(&self.output, &e))?;
        let manifest = &built.manifest;
        let output = self.output.display();
        let mut text = format!(
            "built {output}\n{} {}, sequence {}, {} bytes, not signed\nsm3 {}\n",
            manifest.name,
            manifest.version,
            manifest.sequence,
            built.bytes.len(),
            built.sm3
        );
        for variant in &manifest.variants {
            text += &format!("{} for {}\n", variant.object, variant.targets.join(", "));
        }
        let notes = built.checks.iter().flat_map(|check: &ObjectCheck| &check.notes);
        let notes: Vec<&String> = notes.chain(&built.notes).collect();
        text += &notes.iter().map(|note| format!("note: {note}\n")).collect::<String>();
        let variant = |v: &Variant| json!({ "object": v.object, "targets": v.targets });
        let json = json!({
            "file": self.output,
            "name": manifest.name,
            "version": manifest.version,
            "sequence": manifest.sequence,
            "size": built.bytes.len(),
            "sm3": built.sm3,
            "variants": manifest.variants.iter().map(variant).collect::<Vec<_>>(),
            "notes": notes,
        });
        Report::new(text, &json)
    }
}
