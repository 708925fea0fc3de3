// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Directories of packages with a signed index.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{bpfsign, copy_program, program_dir, repository, signed_package, text};

/// The index's file.
pub const INDEX: &str = "index.bpfindex";

/// A signed repository with two packages, and the newest of one of them twice.
pub fn stable(place: &Path, key: &Path) -> PathBuf {
    let directory = place.join("stable");
    fs::create_dir(&directory).unwrap();
    let newer = copy_program(&place.join("newer"), "program.toml", "sequence = 1", "sequence = 2");
    let calls = repository().join("programs/syscall-count");
    for (source, file) in [
        (program_dir(), "sched-latency-0.1.0.bpfpkg"),
        (newer, "sched-latency-0.1.0-2.bpfpkg"),
        (calls, "syscall-count-0.1.0.bpfpkg"),
    ] {
        signed_package(&source, &directory.join(file), key);
    }
    index(key, &directory, &["--name", "stable"]);
    directory
}

/// Builds the index anew, and signs it.
pub fn index(key: &Path, directory: &Path, more: &[&str]) {
    bpfsign([&["repo", "build", &text(directory)], more].concat()).ok();
    bpfsign(["repo", "sign", "--key", &text(key), &text(directory)]).ok();
}
