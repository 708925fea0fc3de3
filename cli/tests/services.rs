// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The services, and what they run. Needs root.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::{fs, process::Command};

use common::{
    Host, Ran, bpfsign, copy_program, go_program, repository, scratch, signed_package, text,
};

/// Files, and what an instance of the template is called.
const UNITS: [(&str, &str); 4] = [
    ("bpfsign.service", "bpfsign.service"),
    ("bpfsign-hold@.service", "bpfsign-hold@test.service"),
    ("bpfsign-reconcile.service", "bpfsign-reconcile.service"),
    ("bpfsign-reconcile.timer", "bpfsign-reconcile.timer"),
];
/// The exposure that a service may have at most, in tenths.
const EXPOSURE: &str = "--threshold=20";

/// systemd finds nothing wrong with the units, and little exposed.
#[test]
fn systemd_takes_the_units() {
    let dir = scratch();
    for (file, name) in UNITS {
        let source = fs::read_to_string(repository().join("packaging/systemd").join(file)).unwrap();
        let here = source.replace("/usr/bin/bpfsign", env!("CARGO_BIN_EXE_bpfsign"));
        assert_ne!(source == here, name.ends_with(".service"), "{name}");
        fs::write(dir.path().join(name), here).unwrap();
    }
    let analyze = |arguments: &[&str], name: &str| {
        let mut command = Command::new("systemd-analyze");
        let unit = dir.path().join(name);
        Ran(command.args(arguments).arg(unit).env("SYSTEMD_COLORS", "0").output().unwrap())
    };
    for (_, name) in UNITS {
        let ran = analyze(&["verify", "--man=no"], name);
        let said = format!("{}{}", ran.stdout(), ran.stderr());
        assert!(ran.exit() == 0 && !said.contains("bpfsign"), "{name}: {said}");
        if name.ends_with(".service") {
            let ran = analyze(&["security", "--offline=true", EXPOSURE], name);
            let said = ran.stdout();
            let overall = said.lines().find(|l| l.contains("Overall exposure")).unwrap_or(&said);
            println!("{overall}");
            assert_eq!(ran.exit(), 0, "{overall}");
        }
    }
}

/// Each package of the directory by itself, in order, with its result.
#[test]
fn boot_loads_what_it_can_and_tells_of_each() {
    let host = Host::new();
    host.write_policy(&["release.key.pub"], 1, &["tracing", "kprobe"]);
    let directory = host.path("packages.d");
    let boot = |directory: &str| host.bpfsign(&["boot", "--json", directory]);
    let nothing = boot(&text(&directory)).json();
    assert_eq!(nothing["packages"].as_array().unwrap().len(), 0);
    fs::create_dir(&directory).unwrap();
    let put = |name: &str, program: &str| {
        let source = repository().join("programs").join(program);
        signed_package(&source, &directory.join(name), &host.key())
    };
    put("10-calls.bpfpkg", "syscall-count");
    let tampered = put("20-tampered.bpfpkg", "off-cpu");
    let mut bytes = fs::read(&tampered).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&tampered, bytes).unwrap();
    put("30-go.bpfpkg", "go-malloc");
    let go = go_program(&host.path("gomalloc"), "");
    fs::write(directory.join("30-go.binary"), format!("{}\n", text(go))).unwrap();
    put("40-latency.bpfpkg", "sched-latency");
    fs::write(directory.join("README"), "no package").unwrap();
    let ran = boot(&text(&directory));
    assert_eq!(ran.exit(), 3, "{}", ran.stdout());
    let told = ran.json();
    let told = told["packages"].as_array().unwrap();
    let names: Vec<_> = told.iter().filter_map(|p| p["name"].as_str()).collect();
    assert_eq!(names, ["syscall-count", "go-malloc", "sched-latency"]);
    assert_eq!(told[1]["error"]["exit"], 3, "{}", told[1]);
    let listed = host.bpfsign(&["list"]).ok();
    assert!(listed.contains("go-malloc") && !listed.contains("off-cpu"), "{listed}");
    let log = host.bpfsign(&["audit", "show"]).ok();
    assert!(log.contains("20-tampered.bpfpkg"), "{log}");
    // Once more, with a newer release: what is loaded is replaced.
    let newer = copy_program(&host.path("newer"), "program.toml", "sequence = 1", "sequence = 2");
    signed_package(&newer, &directory.join("40-latency.bpfpkg"), &host.key());
    fs::remove_file(&tampered).unwrap();
    let ran = host.bpfsign(&["boot", &text(&directory)]).ok();
    assert!(ran.contains("loaded sched-latency 0.1.0, sequence 2\n"), "{ran}");
}

/// A page for each verb, without a date, and completions that the shell takes.
#[test]
fn manual_pages_and_completions() {
    let dir = scratch();
    let write = |name: &str| {
        let to = dir.path().join(name);
        fs::create_dir(&to).unwrap();
        bpfsign(["manual", &text(&to)]).ok();
        common::listing(&to).into_iter().map(|l| l.replace(&text(&to), "")).collect::<Vec<_>>()
    };
    let (first, second) = (write("a"), write("b"));
    assert_eq!(first.len(), second.len());
    for verb in ["bpfsign.1", "bpfsign-load.1", "bpfsign-boot.1", "bpfsign-trust-apply.1"] {
        let read = |d: &str| fs::read(dir.path().join(d).join(verb)).unwrap();
        assert_eq!(read("a"), read("b"), "{verb}");
    }
    let page = text(dir.path().join("a/bpfsign-load.1"));
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("Verify a package, load it"), "{page}");
    let script = dir.path().join("completions");
    fs::write(&script, bpfsign(["completions", "bash"]).ok()).unwrap();
    common::run("bash", ["-n", &text(&script)]);
    bpfsign(["manual", "/no/such/directory"]).refused(1, "/no/such/directory");
}
