// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a package was made from, and making it again.

use std::fs;

use bpfsign_format::{Digests, Manifest, PROVENANCE, Package, manifest::FileEntry};
use serde_json::Value;

use crate::common::{Host, bpfsign, program_dir, run, text};

#[test]
#[ignore = "needs root: make test"]
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
#[ignore = "needs root: make test"]
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
