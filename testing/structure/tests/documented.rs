// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What needs a doc comment.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use bpfsign_structure::{documented, workspace::Package};
use common::tree;

/// The lines of a library of this text that something is missing in.
fn lines(text: &str) -> Vec<usize> {
    let root = tree(&[("lib.rs", text)]);
    let package = Package { roots: vec!["lib.rs".into()], ..Package::default() };
    let findings = documented::check(root.path(), &[package]).unwrap();
    findings.iter().map(|finding| finding.line).collect()
}

#[test]
fn variants_of_public_enums() {
    let text =
        "pub enum A {\n/// Doc.\nOne,\nTwo { field: u8 },\n#[other]\nThree }\nenum B { One }";
    assert_eq!(lines(text), [4, 6]);
    assert_eq!(lines("mod private {\npub enum A {\nOne } }"), [3]);
}

#[test]
fn public_fields_of_public_structs() {
    let text =
        "pub struct A {\npub one: u8,\n/// Doc.\npub two: u8,\nthree: u8,\npub(crate) four: u8 }
        pub struct B(pub u8);\nstruct C { pub one: u8 }";
    assert_eq!(lines(text), [2]);
}

#[test]
fn the_lint_is_not_switched_off() {
    assert_eq!(lines("//! Doc.\n#![allow(missing_docs)]"), [2]);
    assert_eq!(lines("\n#[allow(missing_docs, reason = \"none\")]\nmod a {}"), [2]);
    assert_eq!(lines("pub enum A {\n#[expect(missing_docs)]\n#[doc = \"One\"]\nOne }"), [2]);
    assert_eq!(lines("#![cfg_attr(x, allow(dead_code, missing_docs))]"), [1]);
    assert_eq!(lines("#![deny(missing_docs)]\n#![allow(dead_code)]"), [0; 0]);
}

#[test]
fn variants_of_catalogues() {
    let text = "x::reasons! {
        /// Doc.
        pub enum A {
            /// One.
            One { a: u8 } => \"one\", Failed, \"{a}\", { hint(a) };
            Two(b: Other) => b;
            #[other]
            Three => \"three\", { exit() }, \"three\", none;
        }
    }";
    assert_eq!(lines(text), [6, 8]);
}

#[test]
fn tests_need_none() {
    let text = "#[cfg(test)]\nmod tests {\n#![allow(missing_docs)]\npub enum A {\nOne } }
        #[cfg(test)]\n#[allow(missing_docs)]\npub enum B {\nOne }";
    assert_eq!(lines(text), [0; 0]);
}
