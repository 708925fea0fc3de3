// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Generated bindings, as compilers take them.

use std::fs;

use bpfsign_scenarios::PROGRAMS;

use crate::common::{
    bindings::{COMPILE_C, LANGUAGES, go, suffix},
    bpfsign, keygen, repository, run, scratch, signed_package, text,
};

/// The bindings of every package compile without a warning.
#[test]
fn bindings_of_every_package_compile() {
    let dir = scratch();
    let key = keygen(dir.path(), "release.key");
    let trust = format!("{}.pub", text(&key));
    for name in PROGRAMS {
        let source = repository().join("programs").join(name);
        let package = signed_package(&source, &dir.path().join("p.bpfpkg"), &key);
        for language in LANGUAGES {
            let directory = dir.path().join(format!("{name}-{language}"));
            fs::create_dir(&directory).unwrap();
            let file = text(directory.join(format!("bindings.{}", suffix(language))));
            let package = text(&package);
            let of_file = ["bindings", &package, "--lang", language, "--trust", &trust];
            bpfsign(of_file.into_iter().chain(["-o", &file])).ok();
            match language {
                "c" => {
                    run("gcc", COMPILE_C.into_iter().chain(["-fsyntax-only", &file]));
                }
                "python" => {
                    run("/usr/bin/python3", ["-B", "-W", "error", "-m", "py_compile", &file]);
                }
                "rust" => {
                    let out = text(directory.join("out"));
                    let flags = ["--edition", "2021", "--crate-type", "lib", "-D", "warnings"];
                    let emit = ["--emit", "metadata", "-o", &out, &file];
                    run("rustc", flags.into_iter().chain(emit));
                }
                _ => {
                    fs::write(directory.join("go.mod"), "module example\n\ngo 1.18\n").unwrap();
                    go(&directory, &["vet", "./..."]);
                    assert_eq!(run("gofmt", ["-l", &file]), "", "{name}");
                }
            }
        }
    }
}
