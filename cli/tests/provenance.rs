// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a package was made from, and making it again. Needs root.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;

use bpfsign_format::{Digests, Manifest, PROVENANCE, Package, manifest::FileEntry};
use common::{Author, Host, bpfsign, built_package, copy_program, program_dir, run, scratch, text};
use serde_json::Value;

#[test]
fn the_statement_is_about_the_package() {
    let host = Host::new();
    let package = text(host.package());
    let verify =
        |more: &[&str]| host.bpfsign(&[&["verify", "--provenance", &package], more].concat());
    let said = verify(&["--json"]).json();
    let statement = &said["provenance"];
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    // The subjects are what sha256sum says of the files that tar takes out.
    let dir = host.path("out");
    fs::create_dir(&dir).unwrap();
    run("tar", ["xf", &package, "-C", &text(&dir)]);
    let subjects = statement["subject"].as_array().unwrap();
    assert_eq!(subjects.len(), 2);
    for subject in subjects {
        let file = text(dir.join(subject["name"].as_str().unwrap()));
        let digest = run("sha256sum", [&file]);
        assert_eq!(subject["digest"]["sha256"], digest.split(' ').next().unwrap());
    }
    // The sources as well, and all of them together.
    let dependencies = statement["predicate"]["buildDefinition"]["resolvedDependencies"].clone();
    let sha256 = |name: &str| {
        let all = dependencies.as_array().unwrap();
        let found = all.iter().find(|d| d["name"] == name).unwrap_or_else(|| panic!("{name}"));
        found["digest"]["sha256"].as_str().unwrap().to_owned()
    };
    let script = "cd \"$1\" && export LC_ALL=C && sha256sum *.c *.h *.toml | sort -k2";
    let lines = run("sh", ["-c", script, "-", &text(program_dir())]);
    for line in lines.lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        assert_eq!(sha256(&format!("source/{name}")), digest);
    }
    assert_eq!(sha256("source"), Digests::of(lines.as_bytes()).sha256);
    assert!(!sha256("include/bpfsign/kernel.h").is_empty());
    let versions = &statement["predicate"]["runDetails"]["builder"]["version"];
    let clang = run("clang", ["--version"]);
    assert_eq!(versions["clang"], clang.lines().next().unwrap());
    let told = verify(&[]).ok();
    for line in ["  flags -target bpf -O2", "  source/sched-latency.bpf.c sm3 ", "  clang "] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

/// Signed, and about something else: whoever signs may err.
#[test]
fn a_statement_about_another_package_is_refused() {
    let host = Host::new();
    let package = host.package();
    let original = Package::parse(fs::read(&package).unwrap()).unwrap();
    let manifest = original.checked_manifest().unwrap();
    let statement: Value = serde_json::from_slice(original.file(PROVENANCE).unwrap()).unwrap();
    let changes: [(&str, Value, &str); 4] = [
        ("/subject/0/digest/sm3", "0".repeat(64).into(), "not the package's files"),
        ("/predicateType", "https://slsa.dev/provenance/v0.2".into(), "`predicateType` is"),
        ("/predicate/buildDefinition/buildType", "urn:other".into(), "`buildType` is"),
        (
            "/predicate/buildDefinition/internalParameters/objects",
            serde_json::json!({}),
            "how objects/generic.bpf.o was compiled",
        ),
    ];
    for (pointer, value, message) in changes {
        let mut changed = statement.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let bytes = serde_json::to_vec(&changed).unwrap();
        let mut parts = original.to_parts();
        parts.manifest = with_file(&manifest, PROVENANCE, &bytes).encode().into_bytes();
        parts.payload.insert(PROVENANCE.to_owned(), bytes);
        parts.signatures.clear();
        fs::write(&package, parts.encode()).unwrap();
        bpfsign(["sign", "--key", &text(host.key()), &text(&package)]).ok();
        host.bpfsign(&["verify", &text(&package)]).ok();
        host.bpfsign(&["verify", "--provenance", &text(&package)]).refused(3, message);
    }
}

fn with_file(manifest: &Manifest, name: &str, bytes: &[u8]) -> Manifest {
    let mut manifest = manifest.clone();
    let Digests { sm3, sha256 } = Digests::of(bytes);
    let entry = FileEntry { name: name.to_owned(), size: bytes.len() as u64, sm3, sha256 };
    *manifest.files.iter_mut().find(|f| f.name == name).unwrap() = entry;
    manifest
}

#[test]
fn a_package_is_made_again_or_the_difference_is_named() {
    let dir = scratch();
    let package = text(built_package(&program_dir(), &dir.path().join("p.bpfpkg")));
    let reproduce = |source: &str| bpfsign(["reproduce", &package, "--source", source]);
    // From another place, and signed in the meantime.
    let copy = copy_program(&dir.path().join("copy"), "program.toml", "sequence", "sequence");
    assert!(reproduce(&text(&copy)).ok().contains(" is what "));
    let key = common::keygen(dir.path(), "k");
    bpfsign(["sign", "--key", &text(key), &package]).ok();
    reproduce(&text(&copy)).ok();

    let changed = |name: &str, file: &str, from: &str, by: &str| {
        let ran = reproduce(&text(copy_program(&dir.path().join(name), file, from, by)));
        assert_eq!(ran.exit(), 3, "{}{}", ran.stdout(), ran.stderr());
        ran.stdout()
    };
    let said = changed("code", "sched-latency.bpf.c", "return 0;", "return 1;");
    assert!(said.contains("cause: source/sched-latency.bpf.c differs"), "{said}");
    assert!(said.contains("objects/generic.bpf.o differs") && !said.contains("flag"), "{said}");
    let said = changed("text", "program.toml", "of each process wait", "of processes wait");
    assert!(said.contains("cause: source/program.toml differs"), "{said}");
    assert!(!said.contains("objects/generic.bpf.o differs"), "{said}");
    fs::write(copy.join("more.h"), "/* not included */\n").unwrap();
    let said = reproduce(&text(&copy)).stdout();
    assert!(said.contains("cause: source/more.h is only here"), "{said}");
}

/// Another profile of the target asks for other flags.
#[test]
fn a_flag_that_differs_is_named() {
    let author = Author::default();
    fs::create_dir(author.path("targets")).unwrap();
    let file = author.path("targets/own.toml");
    let own = "target = 1\nname = \"own\"\nsummary = \"Ours\"\narch = \"x86_64\"\n\
               kernel = \"5.10\"\ncpu = 3\ninstructions = 1000000\n";
    fs::write(&file, own).unwrap();
    let code = "SEC(\"kprobe/do_exit\") int on_exit(void *ctx) { return 0; }";
    let program = text(author.program(code, "own"));
    let package = text(author.path("p.bpfpkg"));
    author.bpfsign(&["build", &program, "-o", &package]).ok();
    let reproduce = || author.bpfsign(&["reproduce", &package, "--source", &program]);
    reproduce().ok();
    fs::write(&file, own.replace("cpu = 3", "cpu = 2")).unwrap();
    let ran = reproduce();
    assert_eq!(ran.exit(), 3);
    let said = ran.stdout();
    assert!(said.contains("objects/own.bpf.o: flag -mcpu=v3 only in the package"), "{said}");
    assert!(said.contains("objects/own.bpf.o: flag -mcpu=v2 only here"), "{said}");
}
