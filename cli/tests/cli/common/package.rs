// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Packages to test with.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{bpfsign, repository, run, text};

pub fn program_dir() -> PathBuf {
    repository().join("programs/sched-latency")
}

/// A copy of the program directory, with text replaced in one of its files.
pub fn copy_program(to: &Path, file: &str, from: &str, by: &str) -> PathBuf {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(program_dir()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
    let path = to.join(file);
    let source = fs::read_to_string(&path).unwrap();
    assert!(source.contains(from), "{from:?} is not in {file}");
    fs::write(path, source.replace(from, by)).unwrap();
    to.to_owned()
}

/// Builds `program` to `file`.
pub fn built_package(program: &Path, file: &Path) -> PathBuf {
    bpfsign(["build", &text(program), "-o", &text(file)]).ok();
    file.to_owned()
}

/// Builds and signs.
pub fn signed_package(program: &Path, file: &Path, key: &Path) -> PathBuf {
    built_package(program, file);
    bpfsign(["sign", "--key", &text(key), &text(file)]).ok();
    file.to_owned()
}

/// A new key in `dir`, with its public half in `<name>.pub`.
pub fn keygen(dir: &Path, name: &str) -> PathBuf {
    let key = dir.join(name);
    bpfsign(["keygen", "--out", &text(&key)]).ok();
    key
}

/// The real program's object, taken out of its package.
pub fn bare_object(dir: &Path, key: &Path) -> PathBuf {
    let package = signed_package(&program_dir(), &dir.join("p.bpfpkg"), key);
    run("tar", ["xf", &text(&package), "-C", &text(dir), "objects/generic.bpf.o"]);
    let object = dir.join("sched-latency.bpf.o");
    fs::rename(dir.join("objects/generic.bpf.o"), &object).unwrap();
    object
}

/// The Go program of the tests, built to `program` with these flags for the linker.
pub fn go_program(program: &Path, flags: &str) -> PathBuf {
    let source = repository().join("testing/workload/go/malloc.go");
    let mut go = Command::new("go");
    go.args(["build", "-trimpath", "-ldflags", flags, "-o"]).arg(program).arg(source);
    // Of its own alone: a static program, and nothing of the user's settings.
    let settings = [("CGO_ENABLED", "0"), ("GO111MODULE", "off"), ("GOFLAGS", "")];
    go.envs(settings).env("GOCACHE", repository().join("target/go-cache"));
    let built = go.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program.to_owned()
}
