// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign vmtest`.

use std::{fmt::Write, path::PathBuf};

use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::{GuestFiles, VmTest, vmtest};
use serde_json::Value;

use crate::errors::OrFailure;

/// Boot a kernel and see whether a package loads, attaches and fills its maps.
///
/// The kernel runs in QEMU, which must be installed, with the model of the Hygon
/// C86 processor and by software, so it needs no privilege. The package need
/// not be signed. Exit code 6 if it does not load there or nothing is measured.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign vmtest sched-latency-0.1.0.bpfpkg --kernel /boot/vmlinuz-4.19.90"
)]
pub(crate) struct Vmtest {
    /// The package.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The kernel, a vmlinuz.
    #[arg(long, value_name = "VMLINUZ")]
    kernel: PathBuf,
    /// Kernel modules to load first: every module below this directory.
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// Where the static bpfsign and bpfsign-guest lie, if not where `make build`
    /// or a package puts them.
    #[arg(long, value_name = "DIR")]
    guest: Option<PathBuf>,
}

impl Run for Vmtest {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let guest = GuestFiles::find(self.guest.as_deref()).or_failure()?;
        eprintln!("booting {} (some seconds)", self.kernel.display());
        let test =
            vmtest(&self.file, &self.kernel, self.modules.as_deref(), &guest).or_failure()?;
        let report = Report::new(text(&test), &test)?;
        Ok(if test.passed { report } else { report.cannot_run() })
    }
}

fn text(test: &VmTest) -> String {
    let word = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let (kernel, outcome) = (&test.kernel, &test.outcome);
    let mut text = format!(
        "{} on {} ({})\n",
        word(&kernel["release"]),
        word(&kernel["vendor"]),
        word(&kernel["model"])
    );
    if let Some(why) = outcome["failed"].as_str() {
        return text + &format!("  failed: {why}\n");
    }
    let load = &outcome["load"];
    if let Some(error) = load["error"]["message"].as_str() {
        return text + &format!("  not loaded, exit code {}: {error}\n", load["exit"]);
    }
    let _ = writeln!(text, "  object {}, BTF {}", word(&load["object"]), word(&load["btf"]));
    for program in load["programs"].as_array().into_iter().flatten() {
        let link = if program["link"].is_null() { "held" } else { "pinned" };
        let _ = writeln!(
            text,
            "  program {} at {}: {link}",
            word(&program["name"]),
            word(&program["attach"])
        );
    }
    for (map, counts) in outcome["maps"].as_object().into_iter().flatten() {
        let _ = match counts["error"]["message"].as_str() {
            Some(error) => writeln!(text, "  map {map}: {error}"),
            None => writeln!(
                text,
                "  map {map}: {} entries, {} not zero",
                counts["entries"], counts["filled"]
            ),
        };
    }
    if let Some(lines) = outcome["metrics_lines"].as_u64() {
        let _ = writeln!(text, "  metrics: {lines} lines");
    }
    for program in outcome["left"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "  still in the kernel after unload: {}", word(program));
    }
    let verdict = if test.passed { "passed" } else { "failed: nothing was measured" };
    text + &format!("  {verdict}\n")
}
