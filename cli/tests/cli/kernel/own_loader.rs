// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Loaders of a host's own: bpfsign verifies and approves, another library loads.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::common::{Host, Ran, repository, run, signed_package, text};

const EXAMPLES: [&str; 2] = ["bpfsign-example-libbpf-rs", "bpfsign-example-aya"];

/// A package of raw tracepoints; this release of it.
fn package(host: &Host, sequence: u32) -> PathBuf {
    let copy = host.path(&format!("source{sequence}"));
    run("cp", ["-r", &text(repository().join("testing/programs/event-rate")), &text(&copy)]);
    let file = copy.join("program.toml");
    let toml = fs::read_to_string(&file).unwrap();
    fs::write(&file, toml.replace("sequence = 1", &format!("sequence = {sequence}"))).unwrap();
    signed_package(&copy, &host.path(&format!("p{sequence}.bpfpkg")), &host.key())
}

fn example(host: &Host, name: &str, package: &Path, variant: &str) -> Command {
    let binaries = Path::new(env!("CARGO_BIN_EXE_bpfsign")).parent().unwrap();
    let mut command = Command::new(binaries.join(name));
    let places = ["policy.toml", "state", "run"].map(|p| text(host.path(p)));
    command.args(places).arg(package).arg(variant);
    command
}

/// The example, loaded; it goes on until it is dropped.
struct Loaded(Child);

impl Loaded {
    fn start(mut command: Command) -> (Self, Vec<String>) {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let said: Vec<String> = lines.take_while(|line| line != "ready").collect();
        (Self(child), said)
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Programs in the kernel that a process holds (proc_pid_fdinfo(5)).
fn programs_of(pid: u32) -> Vec<String> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fdinfo")).unwrap();
    let infos = descriptors.filter_map(|d| fs::read_to_string(d.unwrap().path()).ok());
    let numbers: BTreeSet<String> = infos
        .filter_map(|i| Some(i.lines().find_map(|l| l.strip_prefix("prog_id:"))?.trim().to_owned()))
        .collect();
    let name = |number: &String| {
        let shown = run("bpftool", ["-j", "prog", "show", "id", number]);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        shown["name"].as_str().unwrap_or_default().to_owned()
    };
    numbers.iter().map(name).collect()
}

#[test]
#[ignore = "needs what make test prepares"]
fn a_loader_of_one_s_own_loads_what_is_signed_and_nothing_else() {
    let host = Host::new();
    host.write_policy(&["release.key.pub"], 1, &["raw_tracepoint"]);
    let (old, new) = (package(&host, 1), package(&host, 2));
    let mut tampered = fs::read(&new).unwrap();
    let at = tampered.windows(4).rposition(|w| w == b"\x7fELF").unwrap() + 200;
    tampered[at] ^= 1;
    fs::write(host.path("tampered.bpfpkg"), tampered).unwrap();
    for name in EXAMPLES {
        let refused = |package: &Path, variant: &str| {
            Ran(example(&host, name, package, variant).output().unwrap())
        };
        let state = host.effects();
        refused(&host.path("tampered.bpfpkg"), "generic").refused(3, "SM3");
        refused(&new, "no-such").refused(3, "has no variant `no-such`");
        assert_eq!(host.effects(), state, "{name}: something was remembered");
        let (loaded, said) = Loaded::start(example(&host, name, &new, "generic"));
        assert!(said.contains(&"map drops".to_owned()), "{name}: {said:?}");
        assert_eq!(programs_of(loaded.0.id()), ["on_call"], "{name}");
        drop(loaded);
        // The release before is not loaded any more.
        refused(&old, "generic").refused(4, "rolled back");
    }
    let log = host.bpfsign(&["audit", "show"]).ok();
    assert_eq!(log.matches("hand over event-rate 1.0.0, sequence 2").count(), 2, "{log}");
    host.bpfsign(&["audit", "verify"]).ok();
    host.write_policy(&["release.key.pub"], 1, &["tracing"]);
    for name in EXAMPLES {
        let ran = Ran(example(&host, name, &new, "generic").output().unwrap());
        ran.refused(5, "does not allow type raw_tracepoint");
    }
}
