// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs loaded against a part of the kernel's BTF are those that are loaded
//! against the whole.

use std::fs;

use crate::common::{Host, copy_program, run, signed_package, tags, text};

/// bpftool has libbpf read the whole of the kernel's BTF.
#[test]
#[ignore = "needs root: make test"]
fn relocations_agree_with_those_against_the_whole_btf() {
    let host = Host::new();
    let package = host.package();
    host.load(&package).ok();
    run("tar", ["xf", &text(&package), "-C", &text(host.path(".")), "objects/generic.bpf.o"]);
    let whole = host.path("bpf/whole");
    let object = text(host.path("objects/generic.bpf.o"));
    run("bpftool", ["prog", "loadall", &object, &text(&whole)]);
    let (ours, theirs) = (tags(&host.current("sched-latency").join("programs")), tags(&whole));
    assert_eq!(ours.len(), 4);
    assert_eq!(ours, theirs);
}

/// `load` does not let libbpf read the kernel's BTF, which is most of the time
/// that it would take.
#[test]
#[ignore = "needs root: make test"]
fn the_kernels_btf_is_mapped_once_and_not_parsed_by_libbpf() {
    let host = Host::new();
    let log = host.path("trace");
    let options = ["-f", "-o", &text(&log), "-e", "trace=openat"];
    host.strace(&options, &["load", &text(host.package())]).ok();
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("/sys/kernel/btf/vmlinux").count(), 1, "{log}");
}

/// Where a part of the BTF is not enough, libbpf reads the whole, and the
/// program gets what it asks for: here the kernel's number of a type.
#[test]
#[ignore = "needs root: make test"]
fn a_program_that_asks_for_a_type_number_gets_the_kernels() {
    let host = Host::new();
    let from = "	u64 now = bpf_ktime_get_ns();\n	unsigned int state";
    let ask = "	u64 now = bpf_ktime_get_ns();\n	u32 slot = 0;\n	struct drops *mark = \
               bpf_map_lookup_elem(&drops, &slot);\n\n	if (mark)\n		mark->latency_full = \
               bpf_core_type_id_kernel(struct task_struct);\n	unsigned int state";
    let program = copy_program(&host.path("src"), "sched-latency.bpf.c", from, ask);
    let package = signed_package(&program, &host.path("ask.bpfpkg"), &host.key());
    host.load(&package).ok();
    std::thread::sleep(std::time::Duration::from_millis(100));
    let drops = host.bpfsign(&["maps", "--json", "sched-latency", "drops"]).json();
    let dump = run("bpftool", ["btf", "dump", "file", "/sys/kernel/btf/vmlinux"]);
    let line = dump.lines().find(|l| l.contains("] STRUCT 'task_struct' ")).unwrap();
    let number: u64 = line[1..].split(']').next().unwrap().parse().unwrap();
    assert_eq!(drops["entries"][0]["value"]["latency_full"].as_u64(), Some(number));
}
