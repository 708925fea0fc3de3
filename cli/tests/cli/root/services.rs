// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The services, and what they run.

use std::fs;

use crate::common::{Host, copy_program, go_program, repository, signed_package, text};

/// Each package of the directory by itself, in order, with its result.
#[test]
#[ignore = "needs root: make test"]
fn boot_loads_what_it_can_and_tells_of_each() {
    let host = Host::new();
    host.write_policy(&["release.key.pub"], 1, &["tracing", "kprobe"]);
    let directory = host.path("packages.d");
    let boot = |directory: &str| host.bpfsign(&["boot", "--json", directory]);
    let nothing = boot(&text(&directory)).json();
    assert_eq!(nothing["packages"].as_array().unwrap().len(), 0);
    fs::create_dir(&directory).unwrap();
    let put = |name: &str, program: &str| {
        let source = repository().join("programs").join(program);
        signed_package(&source, &directory.join(name), &host.key())
    };
    put("10-calls.bpfpkg", "syscall-count");
    let tampered = put("20-tampered.bpfpkg", "off-cpu");
    let mut bytes = fs::read(&tampered).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&tampered, bytes).unwrap();
    put("30-go.bpfpkg", "go-malloc");
    let go = go_program(&host.path("gomalloc"), "");
    fs::write(directory.join("30-go.binary"), format!("{}\n", text(go))).unwrap();
    put("40-latency.bpfpkg", "sched-latency");
    fs::write(directory.join("README"), "no package").unwrap();
    let ran = boot(&text(&directory));
    assert_eq!(ran.exit(), 3, "{}", ran.stdout());
    let told = ran.json();
    let told = told["packages"].as_array().unwrap();
    let names: Vec<_> = told.iter().filter_map(|p| p["name"].as_str()).collect();
    assert_eq!(names, ["syscall-count", "go-malloc", "sched-latency"]);
    assert_eq!(told[1]["error"]["exit"], 3, "{}", told[1]);
    let listed = host.bpfsign(&["list"]).ok();
    assert!(listed.contains("go-malloc") && !listed.contains("off-cpu"), "{listed}");
    let log = host.bpfsign(&["audit", "show"]).ok();
    assert!(log.contains("20-tampered.bpfpkg"), "{log}");
    // Once more, with a newer release: what is loaded is replaced.
    let newer = copy_program(&host.path("newer"), "program.toml", "sequence = 1", "sequence = 2");
    signed_package(&newer, &directory.join("40-latency.bpfpkg"), &host.key());
    fs::remove_file(&tampered).unwrap();
    let ran = host.bpfsign(&["boot", &text(&directory)]).ok();
    assert!(ran.contains("loaded sched-latency 0.1.0, sequence 2\n"), "{ran}");
}
