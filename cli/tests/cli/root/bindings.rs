// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Generated bindings, compiled and run as an agent would.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::common::{
    Host,
    bindings::{COMPILE_C, LANGUAGES, go, suffix},
    bpfsign, repository, run, signed_package, text,
};

fn sources() -> PathBuf {
    repository().join("cli/tests/data/bindings")
}

/// A signed package of the maps with fields of every kind.
fn package(host: &Host, name: &str, sequence: u32, first_line: &str) -> PathBuf {
    let directory = host.path(name);
    fs::create_dir(&directory).unwrap();
    let source = fs::read_to_string(sources().join("kinds.bpf.c")).unwrap();
    fs::write(directory.join("kinds.bpf.c"), format!("{first_line}\n{source}")).unwrap();
    let toml = fs::read_to_string(sources().join("program.toml")).unwrap();
    let toml = toml.replace("sequence = 1", &format!("sequence = {sequence}"));
    fs::write(directory.join("program.toml"), toml).unwrap();
    signed_package(&directory, &host.path(&format!("{name}.bpfpkg")), &host.key())
}

/// What runs a language's program, in `directory`, with the bindings beside it.
fn program(language: &str, directory: &Path) -> Vec<String> {
    let path = |name: &str| text(directory.join(name));
    let main = |name: &str| fs::copy(sources().join(name), directory.join(name)).unwrap();
    let binary = path(&format!("main-{language}"));
    match language {
        "c" => {
            main("main.c");
            run("gcc", COMPILE_C.into_iter().chain(["-o", &binary, &path("main.c")]));
        }
        "rust" => {
            main("main.rs");
            let flags = ["--edition", "2021", "-D", "warnings", "-O", "-o", &binary];
            run("rustc", flags.into_iter().chain([path("main.rs").as_str()]));
        }
        "go" => {
            main("main.go");
            fs::create_dir(directory.join("kinds")).unwrap();
            fs::rename(directory.join("kinds.go"), directory.join("kinds/kinds.go")).unwrap();
            fs::write(directory.join("go.mod"), "module example\n\ngo 1.18\n").unwrap();
            go(directory, &["vet", "./..."]);
            go(directory, &["build", "-o", &binary, "."]);
        }
        _ => {
            main("main.py");
            return vec!["/usr/bin/python3".into(), "-B".into(), path("main.py")];
        }
    }
    vec![binary]
}

/// What every language is to print, out of `bpfsign maps`.
fn expected(host: &Host) -> String {
    let entries = |map| host.bpfsign(&["maps", "--json", "kinds", map]).json()["entries"].clone();
    let mut lines = String::new();
    for entry in entries("plain").as_array().unwrap() {
        let (k, v) = (&entry["key"], &entry["value"]);
        let list = |value: &serde_json::Value| {
            let all = value.as_array().unwrap().iter().map(ToString::to_string);
            all.collect::<Vec<_>>().join(",")
        };
        let (raw, several) = (list(&k["raw"]), list(&v["several"]));
        let (grid, said) = (k["grid"].as_str().unwrap(), v["text"].as_str().unwrap());
        lines += &format!(
            "{} {} {raw} {grid} {} {} {several} {said} {} {}\n",
            k["type"],
            k["few"],
            v["large"],
            v["negative"],
            u8::from(v["is_set"].as_bool().unwrap()),
            v["small"]
        );
    }
    for entry in entries("each_cpu").as_array().unwrap() {
        let values = entry["values"].as_array().unwrap().iter();
        let values: Vec<String> = values.map(|v| v["value"].to_string()).collect();
        lines += &format!("{}: {}\n", entry["key"]["number"], values.join(" "));
    }
    lines
}

/// In every language: what an agent reads is what `bpfsign maps` prints, and a map that is
/// laid out in another way is refused.
#[test]
#[ignore = "needs root: make test"]
fn bindings_read_what_is_there_in_every_language() {
    let host = Host::new();
    host.write_policy(&["release.key.pub"], 1, &["raw_tracepoint"]);
    let first = package(&host, "first", 1, "");
    host.load(&first).ok();
    let expected = expected(&host);
    let first_line = "7 -2 1,255 010203fa 18364758544493064720 -5 1,2,65535 a\"b 1 -1\n";
    assert!(expected.contains(first_line), "{expected}");
    let root = text(host.path("bpf/bpfsign"));
    let trust = text(host.path("release.key.pub"));
    let mut programs = Vec::new();
    for language in LANGUAGES {
        let directory = host.path(language);
        fs::create_dir(&directory).unwrap();
        let file = text(directory.join(format!("kinds.{}", suffix(language))));
        host.bpfsign(&["bindings", "kinds", "--lang", language, "-o", &file]).ok();
        // From the signed file it is the same.
        let of_file = ["bindings", &text(&first), "--lang", language, "--trust", &trust];
        assert_eq!(bpfsign(of_file).ok(), fs::read_to_string(&file).unwrap());
        let program = program(language, &directory);
        let command: Vec<&str> =
            program.iter().map(String::as_str).chain([root.as_str()]).collect();
        let said = host.as_agent(true, &command).ok();
        let (mut said, mut wanted): (Vec<_>, Vec<_>) =
            (said.lines().collect(), expected.lines().collect());
        said.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(said, wanted, "{language}");
        assert_ne!(host.as_agent(false, &command).exit(), 0, "{language}: outside the group");
        programs.push(program.clone());
    }
    host.load(&package(&host, "second", 2, "#define WIDER")).ok();
    for program in programs {
        let command: Vec<&str> =
            program.iter().map(String::as_str).chain([root.as_str()]).collect();
        assert_eq!(host.as_agent(true, &command).exit(), 3, "{program:?}");
    }
}

#[test]
#[ignore = "needs root: make test"]
fn bindings_of_what_is_not_signed_or_not_there_are_refused() {
    let host = Host::new();
    host.bpfsign(&["bindings", "kinds", "--lang", "c"]).refused(1, "no such package is loaded");
    let package = host.package();
    let mut bytes = fs::read(&package).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&package, bytes).unwrap();
    let (package, out) = (text(&package), host.path("out.h"));
    let ran = host.bpfsign(&["bindings", &package, "--lang", "c", "-o", &text(&out)]);
    assert_eq!(ran.exit(), 3, "{}", ran.stderr());
    assert!(!out.exists());
}
