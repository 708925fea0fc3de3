// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The program: what it prints and how it ends.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use common::workspace;

fn run(args: &[&str], root: &Path) -> Output {
    let program = Command::new(env!("CARGO_BIN_EXE_bpfsign-structure"))
        .args(args)
        .args(["--root", root.to_str().unwrap()])
        .output();
    program.unwrap()
}

#[test]
fn all_findings_at_once_until_there_are_none() {
    let root = workspace(&[("keys", &["packaging/format"]), ("packaging/format", &[])]);
    let path = root.path();
    fs::create_dir(path.join("docs")).unwrap();
    let page = "<!-- crates:begin -->\n<!-- crates:end -->\n";
    fs::write(path.join("docs/02-architecture.md"), page).unwrap();
    fs::write(path.join("keys/src/lib.rs"), "pub enum A {\nOne }\nmod a; mod b;").unwrap();
    fs::write(path.join("keys/src/a.rs"), "use crate::b::X;").unwrap();
    fs::write(path.join("keys/src/b.rs"), "use crate::a::Y;").unwrap();

    let checked = run(&["check"], path);
    let text = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1), "{text}");
    for line in [
        "keys/src/lib.rs:1: these modules need each other: a, b",
        "keys/src/a.rs:1: b::X",
        "keys/Cargo.toml:8: keys depends on packaging/format, ",
        "docs/crates.svg:1: ",
        "keys/src/lib.rs:2: `A::One` has no doc comment",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }

    assert!(run(&["picture"], path).status.success());
    fs::write(path.join("keys/src/lib.rs"), "").unwrap();
    let manifest = fs::read_to_string(path.join("keys/Cargo.toml")).unwrap();
    let without = manifest.lines().filter(|line| !line.starts_with("packaging-format"));
    fs::write(path.join("keys/Cargo.toml"), without.collect::<Vec<_>>().join("\n")).unwrap();
    assert!(run(&["picture"], path).status.success());
    let checked = run(&["check"], path);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn a_wrong_call_and_a_wrong_place_are_told_apart() {
    let root = workspace(&[]);
    assert_eq!(run(&["nothing"], root.path()).status.code(), Some(2));
    assert_eq!(run(&["check", "twice"], root.path()).status.code(), Some(2));
    let nowhere = run(&["check"], &root.path().join("nowhere"));
    assert_eq!(nowhere.status.code(), Some(1));
    let error = String::from_utf8(nowhere.stderr).unwrap();
    assert!(error.starts_with("bpfsign-structure: cargo metadata: "), "{error}");
}
