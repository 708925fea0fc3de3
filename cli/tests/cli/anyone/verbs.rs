// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Each verb of the author's `bpfsign` is documented and tested, and it tells people of no
//! others. Those of the host are among them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bpfsign_host::{Verb, words};

use crate::common::{bpfsign, repository, text};

/// The sections of the specification by the verbs in their headings, `## push, pull, tags`.
fn sections() -> Vec<(Vec<String>, String)> {
    let text = fs::read_to_string(repository().join("docs/spec/cli-v1.md")).unwrap();
    let sections = text.split("\n## ").skip(1).map(|section| {
        let (heading, body) = section.split_once('\n').unwrap();
        (heading.split(", ").map(str::to_owned).collect(), body.to_owned())
    });
    sections.collect()
}

/// All verbs that run something, as the words of each.
fn leaves() -> Vec<Vec<String>> {
    let leaves = words::leaves(&bpfsign::command());
    let host = words::leaves(&bpfsign_host::command::<Verb>());
    assert!(leaves.len() >= 40 && host.len() >= 20);
    assert!(host.iter().all(|leaf| leaves.contains(leaf)), "the host has other verbs");
    leaves
}

/// A verb has a section; one of several under a name is in the section of that.
#[test]
fn each_verb_is_documented() {
    let sections = sections();
    for leaf in leaves() {
        let (_, body) = sections
            .iter()
            .find(|(verbs, _)| verbs.contains(&leaf[0]))
            .unwrap_or_else(|| panic!("docs/spec/cli-v1.md has no section of {leaf:?}"));
        let said = leaf.len() == 1
            || body.contains(&format!("`{}`", leaf[1]))
            || body.contains(&format!("`{}`", leaf.join(" ")));
        assert!(said, "docs/spec/cli-v1.md does not say what {leaf:?} prints");
    }
}

/// No heading in small letters is of a verb that is no more.
#[test]
fn each_section_is_of_a_verb() {
    let command = bpfsign::command();
    let headings = sections().into_iter().flat_map(|(verbs, _)| verbs);
    for verb in headings.filter(|heading| heading.starts_with(|c: char| c.is_ascii_lowercase())) {
        assert!(command.find_subcommand(&verb).is_some(), "there is no verb {verb}");
    }
}

/// Some file of the tests has it among the arguments, `"repo", "verify"`, or has both words at
/// the start of lists of arguments, of which one is put before the other.
#[test]
fn each_verb_is_tested() {
    let tests = sources(&repository().join("cli/tests"));
    for leaf in leaves() {
        let adjacent = format!("\"{}\"", leaf.join("\", \""));
        let starts = |test: &str, word: &String| test.contains(&format!("[\"{word}\""));
        let names =
            |test: &String| test.contains(&adjacent) || leaf.iter().all(|word| starts(test, word));
        assert!(tests.iter().any(names), "no test runs {leaf:?}");
    }
}

#[test]
fn help_names_what_there_is() {
    let command = bpfsign::command();
    for text in words::helps(&command) {
        assert_eq!(words::unknown_words(&text, &command), Vec::<String>::new(), "{text}");
    }
}

/// Hints are among the literals of the sources and of the catalogues of reasons; those of the
/// host are held to the host's verbs by its own tests.
#[test]
fn what_people_are_told_there_is() {
    let command = bpfsign::command();
    let places = ["cli/src", "packaging/src/error", "packaging/registry/src", "keys/src"];
    for source in places.iter().flat_map(|place| sources(&repository().join(place))) {
        for text in words::literals(&source) {
            assert_eq!(words::unknown_words(&text, &command), Vec::<String>::new(), "{text}");
            // Examples are of who stands in a clone.
            if !text.starts_with("Example") {
                assert_eq!(words::repository_paths(&text), Vec::<String>::new(), "{text}");
            }
        }
    }
}

/// `manual` writes a page for each verb, and `completions` know each.
#[test]
fn the_manual_and_the_completions_have_every_verb() {
    let dir = tempfile::tempdir().unwrap();
    bpfsign(["manual", &text(dir.path())]).ok();
    let shells = ["bash", "zsh", "fish"].map(|shell| bpfsign(["completions", shell]).ok());
    for leaf in leaves() {
        let page = dir.path().join(format!("bpfsign-{}.1", leaf.join("-")));
        assert!(page.exists(), "{}", page.display());
        assert!(shells.iter().all(|script| script.contains(leaf.last().unwrap())), "{leaf:?}");
    }
    bpfsign(["manual", "/no/such/directory"]).refused(1, "/no/such/directory");
}

/// The Rust sources below a directory, whole.
fn sources(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let (directories, files): (Vec<PathBuf>, Vec<_>) = entries.partition(|path| path.is_dir());
    let rust = files.into_iter().filter(|file| file.extension().is_some_and(|e| e == "rs"));
    let here = rust.map(|file| fs::read_to_string(file).unwrap());
    here.chain(directories.iter().flat_map(|directory| sources(directory))).collect()
}
