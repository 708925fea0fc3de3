// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the tests share.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

use bpfsign_guest::{Kernel, Ran, bpfsign, run};
use serde_json::{Value, json};

/// A failed test says why.
pub(crate) type Outcome = Result<(), String>;

/// The group of agents in the guest's /etc/group.
pub(crate) const GROUP: u32 = 900;
/// A user without privilege.
const NOBODY: u32 = 65534;
/// The kernel's own BTF.
const BTF: &str = "/sys/kernel/btf/vmlinux";

/// How often getppid(2) is called where a number must come out.
pub(crate) const CALLS: u64 = 2000;

/// Fails with a message unless something holds.
pub(crate) fn require(holds: bool, message: impl Into<String>) -> Outcome {
    if holds { Ok(()) } else { Err(message.into()) }
}

/// The kernel, and what the tests expect of it.
pub(crate) struct Context {
    kernel: Kernel,
    /// Whether the kernel shows BTF of its own.
    pub(crate) has_btf: bool,
}

impl Context {
    /// Hides the kernel's BTF where the command line says so.
    pub(crate) fn new(kernel: &Kernel) -> Self {
        if kernel.command_line.contains("bpfsign.hide-btf") {
            let empty = Path::new("/run/empty");
            let hidden =
                fs::write(empty, "").is_ok() && rustix::mount::mount_bind(empty, BTF).is_ok();
            assert!(hidden, "the kernel's BTF cannot be hidden");
        }
        let has_btf = Path::new(BTF).metadata().is_ok_and(|m| m.len() > 0);
        Self { kernel: kernel.clone(), has_btf }
    }

    pub(crate) fn version(&self) -> (u32, u32) {
        self.kernel.version()
    }

    pub(crate) fn release(&self) -> &str {
        &self.kernel.release
    }

    /// Whether this kernel can pin the links of tracepoints and kprobes.
    pub(crate) fn pins_perf_links(&self) -> bool {
        self.version() >= (5, 15)
    }

    /// Whether this is the kernel whose BTF the packages hold.
    pub(crate) fn has_btf_in_package(&self) -> bool {
        self.version() == (5, 10)
    }

    /// Runs a test, from and to a host where nothing is loaded.
    pub(crate) fn run(&self, test: fn(&Self) -> Outcome) -> Value {
        let outcome = test(self);
        let clean = clean_up();
        match outcome.and(clean) {
            Ok(()) => json!("passed"),
            Err(why) => json!({ "failed": why }),
        }
    }

    /// The kernel's row of the results.
    pub(crate) fn row(&self) -> Value {
        let row = || -> Result<Value, String> {
            let record = load("matrix")?;
            call_getppid();
            let (held, pinned): (Vec<_>, Vec<_>) =
                programs(&record).into_iter().partition(|(_, link)| link.is_none());
            let counts = calls()?;
            Ok(json!({ "row": {
                "variant": record["object"],
                "btf": record["btf"],
                "pinned": pinned.len(),
                "held": held.len(),
                "counts": counts,
                "metrics": record["metrics"],
            }}))
        };
        let row = row();
        let _ = clean_up();
        row.unwrap_or_else(|why| json!({ "row": { "failed": why } }))
    }
}

fn clean_up() -> Outcome {
    let listed = bpfsign(&["list", "--json"])?.json();
    for package in listed["packages"].as_array().into_iter().flatten() {
        bpfsign(&["unload", package["name"].as_str().unwrap_or_default()])?.ok()?;
    }
    // What was loaded before may be loaded again by the next test.
    match fs::remove_dir_all("/var/lib/bpfsign") {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.to_string()),
        _ => Ok(()),
    }
}

/// The file of a package.
pub(crate) fn package(name: &str) -> String {
    format!("/packages/{name}.bpfpkg")
}

/// Loads a package; its record.
pub(crate) fn load(name: &str) -> Result<Value, String> {
    let ran = bpfsign(&["load", "--json", &package(name)])?;
    let record = ran.json();
    ran.ok()?;
    Ok(record)
}

/// The programs of a record: name, and where its link is pinned.
pub(crate) fn programs(record: &Value) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let programs = record["programs"].as_array().into_iter().flatten();
    programs.map(|p| (text(&p["name"]).unwrap_or_default(), text(&p["link"]))).collect()
}

/// How often each hook of the package `matrix` counted, by hook.
pub(crate) fn calls() -> Result<Vec<u64>, String> {
    let read = bpfsign(&["maps", "--json", "matrix", "calls"])?;
    let json = read.json();
    read.ok()?;
    let entries = json["entries"].as_array().cloned().unwrap_or_default();
    Ok(entries.iter().map(|e| e["value"]["value"].as_u64().unwrap_or(0)).collect())
}

/// Calls getppid(2) as often as [`CALLS`] says.
pub(crate) fn call_getppid() {
    for _ in 0..CALLS {
        let _ = std::os::unix::process::parent_id();
    }
}

/// Runs a program as a user without privilege, in the agents' group or not.
pub(crate) fn as_agent(in_group: bool, args: &[&str]) -> Result<Ran, String> {
    let group = if in_group { GROUP } else { NOBODY };
    run(Command::new("/bin/bpfsign").args(args).uid(NOBODY).gid(group))
}

/// The directory with what is in force of a package.
pub(crate) fn current(name: &str) -> PathBuf {
    Path::new("/sys/fs/bpf/bpfsign").join(name).join("current")
}
