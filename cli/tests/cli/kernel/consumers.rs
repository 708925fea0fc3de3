// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Large maps as agents read them.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::common::{Host, matrix::prepared, repository, run, signed_package, text};

/// Batches give every entry, once: as many and the same keys as bpftool's dump, of an
/// array and of a hash.
#[test]
#[ignore = "needs what make test prepares"]
fn batches_leave_nothing_out() {
    let host = Host::with("syscall-count");
    let read = |map: &str| host.bpfsign(&["maps", "--json", "syscall-count", map]).json();
    let keys = |entries: &Value, at: &str| -> BTreeSet<u64> {
        let all: Vec<u64> =
            entries.as_array().unwrap().iter().map(|e| e["key"][at].as_u64().unwrap()).collect();
        let set: BTreeSet<u64> = all.iter().copied().collect();
        assert_eq!(set.len(), all.len(), "an entry comes twice");
        set
    };
    assert_eq!(keys(&read("calls")["entries"], "number"), (0..512).collect());
    // More than one batch, of a map that nothing changes meanwhile.
    let million = repository().join("testing/programs/million");
    let package = signed_package(&million, &host.path("million.bpfpkg"), &host.key());
    host.write_policy(&["release.key.pub"], 1, &["raw_tracepoint"]);
    let policy = fs::read_to_string(host.path("policy.toml")).unwrap();
    let roomy = policy.replacen(
        "threshold",
        "max-map-bytes = 268435456\nmax-memory = 536870912\nthreshold",
        1,
    );
    fs::write(host.path("policy.toml"), roomy).unwrap();
    host.load(&package).ok();
    let workload = text(prepared("BPFSIGN_GUEST").join("bpfsign-workload"));
    run("sh", ["-c", &format!("{workload} calls 20000 </dev/null")]);
    let entries = host.bpfsign(&["maps", "--json", "million", "million"]).json();
    let found = keys(&entries["entries"], "number");
    let pin = text(host.current("million").join("maps/million"));
    let dumped = run("bpftool", ["-j", "map", "dump", "pinned", &pin]);
    let dumped: Value = serde_json::from_str(&dumped).unwrap();
    assert!(found.len() >= 20_000, "{}", found.len());
    assert_eq!(found.len(), dumped.as_array().unwrap().len());
}
