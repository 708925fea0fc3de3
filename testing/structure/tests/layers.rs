// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which crate may depend on which.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use bpfsign_structure::{layers, workspace::packages};
use common::workspace;

/// What is said about a workspace of these crates.
fn findings(crates: &[(&str, &[&str])]) -> Vec<String> {
    let root = workspace(crates);
    let packages = packages(root.path()).unwrap();
    layers::check(root.path(), &packages).iter().map(ToString::to_string).collect()
}

/// One finding, that starts with this place and holds these words.
fn one(crates: &[(&str, &[&str])], place: &str, words: &str) {
    let findings = findings(crates);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0].starts_with(place) && findings[0].contains(words), "{findings:#?}");
}

#[test]
fn downwards_is_allowed() {
    let crates: &[(&str, &[&str])] = &[
        ("keys", &["?packaging"]),
        ("packaging/format", &["keys"]),
        ("loader/verify", &["packaging/format", "keys", "?testing/vectors"]),
        ("loader", &["loader/verify"]),
        ("packaging", &["packaging/format"]),
        ("cli/host", &["loader"]),
        ("cli", &["cli/host", "packaging"]),
        ("testing/vectors", &["packaging/format"]),
        ("testing/scenarios", &["testing/vectors", "cli"]),
        ("loader/examples/own", &["loader/verify"]),
    ];
    assert_eq!(findings(crates), [""; 0]);
}

#[test]
fn upwards_is_named_with_its_line() {
    let crates: &[(&str, &[&str])] = &[("keys", &["packaging/format"]), ("packaging/format", &[])];
    one(
        crates,
        "keys/Cargo.toml:8: ",
        "keys depends on packaging/format, which does not stand below",
    );
}

#[test]
fn the_sides_keep_apart() {
    let crates: &[(&str, &[&str])] = &[("cli/host", &["packaging"]), ("packaging", &[])];
    one(crates, "cli/host/Cargo.toml:8: ", "the author's side's alone");
    let crates: &[(&str, &[&str])] = &[("loader", &[]), ("packaging", &["loader"])];
    one(crates, "packaging/Cargo.toml:8: ", "the host's side's alone");
}

#[test]
fn within_a_layer_there_are_no_arrows() {
    let crates: &[(&str, &[&str])] =
        &[("packaging", &["packaging/registry"]), ("packaging/registry", &[])];
    one(crates, "packaging/Cargo.toml:8: ", "does not stand below");
}

#[test]
fn only_tests_depend_on_what_is_for_tests() {
    let crates: &[(&str, &[&str])] = &[("keys", &["testing/doubles"]), ("testing/doubles", &[])];
    one(crates, "keys/Cargo.toml:8: ", "for tests alone");
    let crates: &[(&str, &[&str])] =
        &[("loader/examples/own", &[]), ("testing/all", &["loader/examples/own"])];
    one(crates, "testing/all/Cargo.toml:8: ", "for tests alone");
}

#[test]
fn an_unknown_folder_is_told_where_to_go() {
    one(&[("attic", &[])], "attic/Cargo.toml:1: ", "put its folder into LAYERS in");
}
