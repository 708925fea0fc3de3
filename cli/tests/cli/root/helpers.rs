// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Helpers that a policy must name (§4.3 of policy-v1).

use std::fs;

use crate::common::{Host, copy_program, signed_package};

/// A helper that only a subprogram calls is the program's as well.
#[test]
#[ignore = "needs root: make test"]
fn a_helper_does_not_hide_in_a_subprogram() {
    let host = Host::new();
    let from = "TRACEPOINT(\"sched_switch\")";
    let by = "static __attribute__((noinline)) long hidden(u32 sig)\n{\n\t\
              return bpf_send_signal(sig);\n}\n\nTRACEPOINT(\"sched_switch\")";
    let program = copy_program(&host.path("hidden"), "sched-latency.bpf.c", from, by);
    let file = program.join("sched-latency.bpf.c");
    let source = fs::read_to_string(&file).unwrap();
    let state = "\tunsigned int state";
    assert!(source.contains(state));
    let called = format!("\tif (!now)\n\t\thidden(9);\n{state}");
    fs::write(&file, source.replacen(state, &called, 1)).unwrap();
    let package = signed_package(&program, &host.path("h.bpfpkg"), &host.key());
    host.load(&package).refused(5, "does not allow helper send_signal");
}

#[test]
#[ignore = "needs root: make test"]
fn dangerous_helpers_must_be_named() {
    let host = Host::new();
    let (from, by) = (
        "	u64 now = bpf_ktime_get_ns();\n	unsigned int state",
        "	u64 now = bpf_ktime_get_ns();\n	if (!now)\n		bpf_send_signal(9);\n	unsigned int state",
    );
    let program = copy_program(&host.path("src"), "sched-latency.bpf.c", from, by);
    let package = signed_package(&program, &host.path("s.bpfpkg"), &host.key());
    host.load(&package).refused(5, "does not allow helper send_signal (program `on_switch`)");
    let types = "program-types = [\"tracing\"]\n";
    let file = host.path("policy.toml");
    let policy = fs::read_to_string(&file).unwrap();
    assert!(policy.contains(types));
    fs::write(&file, policy.replace(types, &format!("{types}helpers = [\"*\"]\n"))).unwrap();
    host.load(&package).ok();
}
