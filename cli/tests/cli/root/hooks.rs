// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kinds of hooks other than the real program's: raw tracepoints and
//! tracepoints, a per-CPU map, and a map with a struct as key.

use std::{fs, path::Path, process::Command};

use crate::common::{Host, Ran, signed_package, text};

const SOURCE: &str = r#"
#include <bpfsign/types.h>
#include <bpf/bpf_helpers.h>

struct where {
	u32 hook;
	char tag[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, struct where);
	__type(value, s64);
} seen SEC(".maps");

static __always_inline int count(u32 hook)
{
	struct where where = { .hook = hook, .tag = "hi" };
	s64 minus = -1 - (s64)hook;
	u64 *n = bpf_map_lookup_elem(&calls, &hook);

	if (n)
		*n += 1;
	bpf_map_update_elem(&seen, &where, &minus, BPF_ANY);
	return 0;
}

SEC("raw_tp/sys_enter")
int raw(void *ctx)
{
	return count(0);
}

SEC("tp/sched/sched_process_exit")
int trace(void *ctx)
{
	return count(1);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
"#;

const PROGRAM: &str = r#"
name = "hooks"
version = "1.0.0"
sequence = 1
summary = "Two hooks"
license = "BSD-2-Clause OR GPL-2.0-only"
targets = ["generic"]
maps.calls.readers = "agents"
maps.seen.readers = "root"
"#;

/// libbpf finds tracepoints by tracefs, which not every host mounts: here in a
/// mount namespace of the loader's own, with the same bpffs.
fn load_with_tracefs(host: &Host, package: &Path) -> Ran {
    let script = "mount -t tracefs tracefs /sys/kernel/tracing && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"]);
    command.args([env!("CARGO_BIN_EXE_bpfsign"), "load", &text(package)]).args(host.options());
    Ran(command.output().unwrap())
}

#[test]
#[ignore = "needs root: make test"]
fn raw_tracepoints_and_tracepoints_count_what_happens() {
    let host = Host::new();
    let program = host.path("hooks");
    fs::create_dir(&program).unwrap();
    fs::write(program.join("hooks.bpf.c"), SOURCE.replace("s64", "long long")).unwrap();
    fs::write(program.join("program.toml"), PROGRAM).unwrap();
    let package = signed_package(&program, &host.path("hooks.bpfpkg"), &host.key());
    host.load(&package).refused(5, "does not allow type raw_tracepoint (program `raw`)");
    host.write_policy(&["release.key.pub"], 1, &["raw_tracepoint", "tracepoint"]);
    load_with_tracefs(&host, &package).ok();
    for link in ["raw", "trace"] {
        assert!(host.current("hooks").join("links").join(link).exists());
    }

    let calls = || -> Vec<u64> {
        let json = host.bpfsign(&["maps", "--json", "hooks", "calls"]).json();
        let sum = |entry: &serde_json::Value| {
            let values = entry["values"].as_array().unwrap();
            values.iter().map(|v| v["value"].as_u64().unwrap()).sum()
        };
        json["entries"].as_array().unwrap().iter().map(sum).collect()
    };
    let before = calls();
    for _ in 0..20 {
        Command::new("true").status().unwrap();
    }
    let after = calls();
    assert!(after[0] >= before[0] + 20 * 10, "system calls: {before:?} {after:?}");
    assert!(after[1] >= before[1] + 20, "exits: {before:?} {after:?}");

    let seen = host.bpfsign(&["maps", "--json", "hooks", "seen"]).json();
    let mut entries = seen["entries"].as_array().unwrap().clone();
    entries.sort_by_key(|e| e["key"]["hook"].as_u64());
    let expected = serde_json::json!([
        { "key": { "hook": 0, "tag": "hi" }, "value": { "value": -1 } },
        { "key": { "hook": 1, "tag": "hi" }, "value": { "value": -2 } },
    ]);
    assert_eq!(serde_json::Value::Array(entries), expected);
    let shown = host.bpfsign(&["maps", "hooks", "calls", "--sort", "value"]).ok();
    assert!(shown.starts_with("key=0 cpu=0 value="), "{shown}");
    host.bpfsign(&["metrics", "hooks"]).refused(1, "has no metrics");
    host.bpfsign(&["unload", "hooks"]).ok();
    assert!(!host.current("hooks").exists());
}
