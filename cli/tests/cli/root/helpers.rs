// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Helpers that a policy must name (§4.3 of policy-v1).

use std::fs;

use crate::common::{Host, bpfsign, copy_program, signed_package, text};

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

/// A kernel function is none of the helpers, and refused until it is named; nor does it hide in
/// a subprogram.
#[test]
#[ignore = "needs root: make test"]
fn kernel_functions_must_be_named() {
    let host = Host::new();
    for (name, extra, call) in [
        ("direct", "", "bpf_rcu_read_lock();\n\tbpf_rcu_read_unlock();"),
        (
            "hidden",
            "static __attribute__((noinline)) int hidden(u64 now)\n{\n\tbpf_rcu_read_lock();\n\t\
             bpf_rcu_read_unlock();\n\treturn now > 0;\n}\n\n",
            "if (!hidden(now))\n\t\treturn 0;",
        ),
    ] {
        let from = "TRACEPOINT(\"sched_switch\")";
        let by = format!(
            "extern void bpf_rcu_read_lock(void) __ksym;\n\
             extern void bpf_rcu_read_unlock(void) __ksym;\n\n{extra}{from}"
        );
        let program = copy_program(&host.path(name), "sched-latency.bpf.c", from, &by);
        let file = program.join("sched-latency.bpf.c");
        let source = fs::read_to_string(&file).unwrap();
        let state = "\tunsigned int state";
        fs::write(&file, source.replacen(state, &format!("\t{call}\n{state}"), 1)).unwrap();
        let toml = program.join("program.toml");
        let text_of = fs::read_to_string(&toml).unwrap();
        let lines = text_of.lines().filter(|l| !l.starts_with("optional-targets"));
        let only: String = lines
            .map(|l| match l.starts_with("targets = ") {
                true => "targets = [\"generic\"]\n".to_owned(),
                false => format!("{l}\n"),
            })
            .collect();
        fs::write(&toml, only).unwrap();
        let package = signed_package(&program, &host.path(&format!("{name}.bpfpkg")), &host.key());
        let inspected = bpfsign(["inspect", &text(&package)]).ok();
        assert!(inspected.contains("kernel functions bpf_rcu_read_lock"), "{inspected}");
        host.load(&package).refused(5, "does not allow kernel function bpf_rcu_read_lock");
    }
    let types = "program-types = [\"tracing\"]\n";
    let file = host.path("policy.toml");
    let policy = fs::read_to_string(&file).unwrap();
    let named = format!("{types}kernel-functions = [\"bpf_rcu_read_*\"]\n");
    fs::write(&file, policy.replace(types, &named)).unwrap();
    host.load(&host.path("direct.bpfpkg")).ok();
}
