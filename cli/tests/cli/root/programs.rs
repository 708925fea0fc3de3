// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a program file lacks, and a program that `new` made.

use crate::common::{Host, bpfsign, go_program, listing, run, signed_package, text};

#[test]
#[ignore = "needs root: make test"]
fn go_malloc_says_that_a_program_is_stripped_or_missing() {
    let host = Host::for_programs();
    let package = text(host.package_of("go-malloc"));
    let stripped = text(go_program(&host.path("gomalloc"), "-s -w"));
    let before = host.effects();
    let load = |more: &[&str]| host.bpfsign(&[&["load", &package], more].concat());
    let ran = load(&["--binary", &stripped]);
    ran.refused(6, &format!("the symbol `runtime.mallocgc` in {stripped}"));
    ran.refused(6, "its symbols are stripped");
    load(&[]).refused(6, "a program file to attach to: `bpfsign load --binary FILE`");
    load(&["--binary", "/no/such/program"]).refused(1, "/no/such/program");
    load(&["--binary", "/tmp"]).refused(3, "not a regular file");
    assert_eq!(host.effects(), before);
}

#[test]
#[ignore = "needs root: make test"]
fn a_new_program_builds_signs_and_loads_as_it_stands() {
    let host = Host::for_programs();
    let directory = text(host.path("my-probe"));
    bpfsign(["new", &directory]).ok();
    let package = signed_package(directory.as_ref(), &host.path("new.bpfpkg"), &host.key());
    host.load(&package).ok();
    run("true", [""; 0]);
    let metrics = host.bpfsign(&["metrics", "my-probe"]).ok();
    assert!(metrics.contains("bpfsign_my_probe_executions_total{comm=\"true\"} "), "{metrics}");
    // What is there is never overwritten.
    let before = listing(directory.as_ref());
    bpfsign(["new", &directory]).refused(1, "File exists");
    assert_eq!(listing(directory.as_ref()), before);
    bpfsign(["new", "/tmp/No-Name"]).refused(2, "is no name of a package");
}
