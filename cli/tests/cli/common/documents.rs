// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the repository holds besides code.

use std::{fs, path::PathBuf};

use super::repository;

/// The `sh` blocks of a document, in order.
pub fn commands(document: &str) -> String {
    let text = fs::read_to_string(repository().join(document)).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let script: String = blocks.collect();
    assert!(!script.is_empty(), "{document} has no commands");
    script
}

/// A file of packaging/agents.
pub fn agent_configuration(path: &str) -> String {
    fs::read_to_string(repository().join("packaging/agents").join(path)).unwrap()
}

/// The script whose arguments are the stages of a release.
pub fn release_script() -> PathBuf {
    repository().join("packaging/pipelines/release.sh")
}
