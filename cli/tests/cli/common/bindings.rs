// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The languages of bindings, and their compilers.

use std::{path::Path, process::Command};

use super::{Ran, repository};

/// What `--lang` takes.
pub const LANGUAGES: [&str; 4] = ["c", "python", "rust", "go"];

/// How the C bindings must compile.
pub const COMPILE_C: [&str; 5] = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror"];

/// Runs go in a directory.
pub fn go(directory: &Path, arguments: &[&str]) {
    let mut command = Command::new("go");
    command.args(arguments).current_dir(directory).env("CGO_ENABLED", "0");
    command.env("GOFLAGS", "").env("GOCACHE", repository().join("target/go-cache"));
    let ran = Ran(command.output().unwrap());
    assert_eq!(ran.exit(), 0, "{}", ran.stderr());
}

/// How the names of a language's source files end.
pub fn suffix(language: &str) -> &str {
    match language {
        "c" => "h",
        "python" => "py",
        "rust" => "rs",
        other => other,
    }
}
