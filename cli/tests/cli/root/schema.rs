// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The published JSON Schema, by a validator that is not ours.

use std::{fs, path::Path, process::Command};

use bpfsign_scenarios::PROGRAMS;

use crate::common::{Host, Ran, bpfsign, repository, signed_package, text};

fn validate(file: &Path) -> Ran {
    let schema = repository().join("docs/spec/schema-v1.schema.json");
    let mut command = Command::new("jsonschema");
    Ran(command.arg("-i").arg(file).arg(schema).output().unwrap())
}

/// Of every package, and of what is loaded.
#[test]
#[ignore = "needs root: make test"]
fn every_schema_json_is_what_the_json_schema_says() {
    let host = Host::new();
    let key = text(host.path("release.key.pub"));
    for name in PROGRAMS {
        let source = repository().join("programs").join(name);
        let package = signed_package(&source, &host.path("p.bpfpkg"), &host.key());
        let to = host.path(name);
        bpfsign(["verify", "--trust", &key, "--extract", &text(&to), &text(&package)]).ok();
        validate(&to.join("schema.json")).ok();
    }
    host.load(&host.package()).ok();
    let loaded = host.path("run/sched-latency/schema.json");
    validate(&loaded).ok();
    let good = fs::read_to_string(&loaded).unwrap();
    for (from, by) in [
        ("\"schema\": 1", "\"schema\": 2"),
        ("\"kind\": \"uint\"", "\"kind\": \"float\""),
        ("\"size\": 8,\n            \"count\"", "\"size\": 3,\n            \"count\""),
        ("\"type\": \"histogram\"", "\"type\": \"heatmap\""),
        ("\"maps\": {", "\"layouts\": {"),
    ] {
        assert!(good.contains(from), "{from}");
        let bad = host.path("bad.json");
        fs::write(&bad, good.replacen(from, by, 1)).unwrap();
        assert_eq!(validate(&bad).exit(), 1, "{by} is valid");
    }
}
