// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The units, the manual and the completions.

use std::{fs, process::Command};

use crate::common::{Ran, bpfsign, listing, repository, run, scratch, text};

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

/// A page for each verb, without a date, and completions that the shell takes.
#[test]
fn manual_pages_and_completions() {
    let dir = scratch();
    let write = |name: &str| {
        let to = dir.path().join(name);
        fs::create_dir(&to).unwrap();
        bpfsign(["manual", &text(&to)]).ok();
        listing(&to).into_iter().map(|l| l.replace(&text(&to), "")).collect::<Vec<_>>()
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
    run("bash", ["-n", &text(&script)]);
    bpfsign(["manual", "/no/such/directory"]).refused(1, "/no/such/directory");
}
