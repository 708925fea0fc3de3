// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host's verbs are those that the documents say, and it tells people of no others.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use bpfsign_host::{Verb, command, words};

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap()
}

/// What stands in backticks in the sentence that lists the host's verbs.
fn documented() -> Vec<String> {
    let text = read("docs/02-architecture.md");
    let (_, rest) = text.split_once("static binary, with the verbs").unwrap();
    let (sentence, _) = rest.split_once('.').unwrap();
    let mut verbs: Vec<String> =
        sentence.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    verbs.sort();
    verbs
}

/// A verb with verbs of its own is documented whole, as `audit`, or each of them.
#[test]
fn the_host_has_the_verbs_that_are_documented() {
    let documented = documented();
    let leaves = words::leaves(&command::<Verb>());
    let mut found: Vec<String> = leaves
        .iter()
        .map(|leaf| match documented.contains(&leaf[0]) {
            true => leaf[0].clone(),
            false => leaf.join(" "),
        })
        .collect();
    found.sort();
    found.dedup();
    assert_eq!(found, documented);
}

/// The program itself, not its definition alone.
#[test]
fn the_program_calls_itself_bpfsign_and_has_no_other_verb() {
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_bpfsign-host")).args(args).output().unwrap()
    };
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    assert!(help.contains("Usage: bpfsign [OPTIONS] <COMMAND>"), "{help}");
    let version = String::from_utf8(run(&["--version"]).stdout).unwrap();
    assert_eq!(version, format!("bpfsign {}\n", env!("CARGO_PKG_VERSION")));
    for verb in [&["sign"][..], &["build"], &["pull"], &["repo", "build"], &["trust", "sign"]] {
        let ran = run(&[verb, &["--help"]].concat());
        assert_eq!(ran.status.code(), Some(2), "{verb:?}");
    }
}

#[test]
fn help_names_what_the_host_has() {
    let command = command::<Verb>();
    for text in words::helps(&command) {
        assert_eq!(words::unknown_words(&text, &command), Vec::<String>::new(), "{text}");
    }
}

/// Hints are among the literals of the sources and of the catalogues of reasons.
#[test]
fn what_people_are_told_the_host_has() {
    let command = command::<Verb>();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let places =
        ["cli/host/src", "loader/verify/src/error", "packaging/format/src", "packaging/reasons"];
    let sources: Vec<PathBuf> =
        places.iter().flat_map(|place| sources(&root.join(place))).collect();
    assert!(sources.len() > 20);
    // What checks the words, and the verbs that only who packs the host has.
    let others = ["words.rs", "manual.rs"];
    for file in sources.iter().filter(|file| others.iter().all(|other| !file.ends_with(other))) {
        for text in words::literals(&fs::read_to_string(file).unwrap()) {
            assert_eq!(words::unknown_words(&text, &command), Vec::<String>::new(), "{text}");
            assert_eq!(words::repository_paths(&text), Vec::<String>::new(), "{text}");
        }
    }
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let (directories, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let sources_here = files.into_iter().filter(|file| file.extension().is_some_and(|e| e == "rs"));
    sources_here.chain(directories.iter().flat_map(|d| sources(d))).collect()
}
