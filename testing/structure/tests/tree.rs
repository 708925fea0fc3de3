// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The checks on the tree that this crate is in.

mod common;

use bpfsign_structure::{
    Finding, cycles, documented, layers,
    picture::Picture,
    sizes::{long_files, long_functions},
    workspace::packages,
};
use common::repository;

/// No finding fails.
fn none(findings: &[Finding]) {
    let failing = findings.iter().filter(|finding| finding.fails);
    let texts: Vec<_> = failing.map(ToString::to_string).collect();
    assert!(texts.is_empty(), "\n{}\n", texts.join("\n"));
}

#[test]
fn no_modules_in_a_circle() {
    none(&cycles(&repository(), &packages(&repository()).unwrap()).unwrap());
}

#[test]
fn no_crate_depends_on_one_above() {
    none(&layers::check(&repository(), &packages(&repository()).unwrap()));
}

#[test]
fn the_picture_shows_the_crates_as_they_are() {
    none(&Picture::of(&repository()).unwrap().check(&repository()));
}

#[test]
fn no_file_is_too_long() {
    none(&long_files(&repository()).unwrap());
}

#[test]
fn no_function_is_too_long() {
    none(&long_functions(&repository()).unwrap());
}

#[test]
fn all_that_is_public_is_documented() {
    none(&documented::check(&repository(), &packages(&repository()).unwrap()).unwrap());
}
