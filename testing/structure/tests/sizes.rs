// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is too long.

mod common;

use bpfsign_structure::sizes::{long_files, long_functions};
use common::tree;

fn texts(findings: Vec<bpfsign_structure::Finding>) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn files_of_more_than_300_lines() {
    let (most, more) = ("x\n".repeat(300), "x\n".repeat(301));
    let root = tree(&[
        ("a.sh", &most),
        ("a/b.c", &more),
        ("a/b.h", &more),
        ("c.rs", &more),
        ("d.sh", &more),
        ("e.md", &more),
        (".hidden/f.rs", &more),
        ("target/g.rs", &more),
    ]);
    let found = texts(long_files(root.path()).unwrap());
    assert_eq!(found.len(), 4, "{found:#?}");
    for (text, file) in found.iter().zip(["a/b.c", "a/b.h", "c.rs", "d.sh"]) {
        assert!(text.starts_with(&format!("{file}:301: 301 lines; ")), "{text}");
    }
}

#[test]
fn functions_of_more_than_60_lines() {
    let function = |lines: usize| format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
    let inside = format!("/// Doc.\nimpl A {{\n{}}}\n", function(61));
    let by_default = format!("mod m {{ trait T {{\n{}}} }}\n", function(62));
    let root = tree(&[
        ("a.rs", &function(50)),
        ("b.rs", &function(51)),
        ("c.rs", &function(60)),
        ("d.rs", &inside),
        ("e.rs", &by_default),
    ]);
    let found = texts(long_functions(root.path()).unwrap());
    let starts = [
        "e.rs:2: `f` has 62 ",
        "d.rs:3: `f` has 61 ",
        "c.rs:1: note: `f` has 60 ",
        "b.rs:1: note: `f` has 51 ",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (text, start) in found.iter().zip(starts) {
        assert!(text.starts_with(start), "{text}");
    }
}
