// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign target`.

use std::{fmt::Write, fs, path::PathBuf};

use bpfsign_format::build_id_of_notes;
use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::{Target as Profile, TargetBtf, Targets};
use clap::Subcommand;
use serde_json::json;

use crate::{errors::OrFailure, targets::TargetArgs};

/// List and show the kernels to build for, and add their BTF.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    #[command(flatten)]
    targets: TargetArgs,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(List),
    Show(Show),
    AddBtf(AddBtf),
}

/// List the targets that are known.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign target list")]
struct List {}

/// Show what a target's kernels can do, and the BTF that is known of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign target show kylin-v10-4.19")]
struct Show {
    /// The target.
    #[arg(value_name = "NAME")]
    name: String,
}

/// Add the BTF of one kernel to a target.
///
/// From a vmlinux with BTF, a vmlinux with DWARF (made BTF by pahole, which
/// must be installed), a vmlinuz with BTF, or a file of raw BTF. Release and
/// build id are read from a kernel; with a file of BTF they must be given.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bpfsign target add-btf kylin-v10-4.19 /usr/lib/debug/lib/modules/*/vmlinux\n  \
                  bpfsign target add-btf kylin-v10-4.19 4.19.90.btf --release 4.19.90-52.22.v2207.ky10.x86_64 --notes notes"
)]
struct AddBtf {
    /// The target.
    #[arg(value_name = "NAME")]
    name: String,
    /// The kernel, or its BTF.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What `uname -r` prints there.
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// The kernel's build id, in hexadecimal.
    #[arg(long, value_name = "HEX")]
    build_id: Option<String>,
    /// A copy of the kernel's /sys/kernel/notes, which holds the build id.
    #[arg(long, value_name = "FILE", conflicts_with = "build_id")]
    notes: Option<PathBuf>,
}

impl Run for Target {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let targets = self.targets.open()?;
        match self.what {
            What::List(List {}) => list(&targets),
            What::Show(show) => show.run(&targets),
            What::AddBtf(add) => add.run(&targets),
        }
    }
}

fn list(targets: &Targets) -> Result<Report, Failure> {
    let mut text = String::new();
    let mut json = Vec::new();
    for target in targets.all() {
        let kernels = targets.btf(target).or_failure()?.len();
        let btf = match kernels {
            0 => String::new(),
            n => format!(", BTF of {n} known"),
        };
        let _ = writeln!(text, "{}: {}{btf}", target.name, target.summary);
        json.push(json!({
            "name": target.name,
            "summary": target.summary,
            "kernel": target.kernel,
            "btf": kernels,
        }));
    }
    Report::new(text, &json!({ "targets": json }))
}

impl Show {
    fn run(self, targets: &Targets) -> Result<Report, Failure> {
        let target = targets.get(&self.name).or_failure()?;
        let kernels = targets.btf(target).or_failure()?;
        let json = json!({
            "target": target,
            "features": target.features(),
            "btf": kernels.iter().map(describe).collect::<Vec<_>>(),
        });
        Report::new(show(target, &kernels), &json)
    }
}

fn describe(btf: &TargetBtf) -> serde_json::Value {
    json!({
        "release": btf.kernel.release(),
        "build_id": btf.kernel.build_id(),
        "file": btf.path,
    })
}

fn show(target: &Profile, kernels: &[TargetBtf]) -> String {
    let mut text = format!("{}\n  {}\n", target.name, target.summary);
    let _ = writeln!(
        text,
        "  {}, as Linux {}, -mcpu=v{}, at most {} instructions",
        target.arch, target.kernel, target.cpu, target.instructions
    );
    let list = |items: &[&str]| match items {
        [] => "none".to_owned(),
        items => items.join(", "),
    };
    let _ = writeln!(text, "  features {}", list(&target.features()));
    for (what, items) in [("with", &target.with), ("without", &target.without)] {
        if !items.is_empty() {
            let items: Vec<_> = items.iter().map(String::as_str).collect();
            let _ = writeln!(text, "  {what} {}", list(&items));
        }
    }
    for btf in kernels {
        let _ = writeln!(text, "  BTF of {} ({})", btf.kernel.release(), btf.kernel.build_id());
    }
    if kernels.is_empty() {
        let _ = writeln!(text, "  BTF of no kernel is known here: bpfsign target add-btf");
    }
    text
}

impl AddBtf {
    fn run(self, targets: &Targets) -> Result<Report, Failure> {
        let target = targets.get(&self.name).or_failure()?;
        let of_notes = match &self.notes {
            None => None,
            Some(path) => {
                let notes = fs::read(path).map_err(|e| Failure::io(path, &e))?;
                Some(build_id_of_notes(&notes).ok_or_else(|| {
                    Failure::usage(
                        format!("{}: holds no build id", path.display()),
                        "copy /sys/kernel/notes of the kernel that is meant".to_owned(),
                    )
                })?)
            }
        };
        let build_id = self.build_id.as_deref().or(of_notes.as_deref());
        let added =
            targets.add_btf(target, &self.file, self.release.as_deref(), build_id).or_failure()?;
        let mut text = format!("added BTF of {} to {}\n", added.release, target.name);
        let _ = writeln!(text, "  build id {}", added.build_id);
        let _ = writeln!(text, "  {} bytes in {}", added.size, added.file.display());
        if let Some(symbols) = added.symbols {
            let _ = writeln!(text, "  and {symbols} symbols, for kprobes and tracepoints");
        }
        Report::new(text, &added)
    }
}
