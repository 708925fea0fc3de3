// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The pipelines, without a release.

use std::{collections::BTreeSet, fs, process::Command};

use crate::common::{Ran, release_script, repository, run, scratch, text};

const STAGES: [&str; 8] = ["build", "check", "vmtest", "sign", "review", "verify", "push", "index"];

/// A tree with changes that no commit has is not built.
#[test]
fn only_a_clean_tree_is_released() {
    let dir = scratch();
    let tree = text(dir.path());
    run("git", ["init", "-q", &tree]);
    fs::write(dir.path().join("change"), "").unwrap();
    let mut command = Command::new(release_script());
    let ran = command.arg("build").current_dir(dir.path()).env("PROGRAMS", "").output();
    let ran = Ran(ran.unwrap());
    ran.refused(1, "the tree is not clean");
}

/// Every stage, and none that there is not.
#[test]
fn the_pipelines_have_every_stage() {
    for file in ["gitlab-ci.yml", "github.yml", "gitee.yml"] {
        let path = text(repository().join("packaging/pipelines").join(file));
        let called: BTreeSet<String> = fs::read_to_string(path)
            .unwrap()
            .split("release.sh ")
            .skip(1)
            .filter_map(|rest| rest.split_whitespace().next().map(str::to_owned))
            .filter(|word| word != "beside")
            .collect();
        assert_eq!(called, STAGES.map(str::to_owned).into(), "{file}");
    }
}
