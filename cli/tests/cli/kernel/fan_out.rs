// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One buffer of events and many readers, through the holder.

use std::process::Command;

use serde_json::Value;

use crate::common::{self, Host, alone, repository, run, signed_package, text};

/// Seven readers get every event, and an eighth, which stands still, is told how many it
/// lost: it holds up nobody. (What the kernel has no room for is sent to nobody.)
#[test]
#[ignore = "needs what make test prepares"]
fn eight_readers_of_one_stream() {
    // Seven readers keep up only while no other test takes the CPUs.
    let _alone = alone();
    let host = Host::new();
    host.write_policy(&["release.key.pub"], 1, &["raw_tracepoint"]);
    let source = repository().join("testing/programs/event-rate");
    for target in ["generic", "kylin-v10-4.19"] {
        let copy = host.path(target);
        run("cp", ["-r", &text(&source), &text(&copy)]);
        let file = copy.join("program.toml");
        let both = "targets = [\"generic\", \"kylin-v10-4.19\"]";
        let toml = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, toml.replace(both, &format!("targets = [\"{target}\"]"))).unwrap();
        let package = signed_package(&copy, &host.path("p.bpfpkg"), &host.key());
        host.load(&package).ok();
        let found = rate(&host);
        host.bpfsign(&["unload", "event-rate"]).ok();
        println!("{target}: {found}");
        let sent = found["sent"].as_u64().unwrap();
        assert!(sent > 100_000, "{found}");
        let readers = found["readers"].as_array().unwrap();
        assert_eq!(readers.len(), 8);
        let counts = |r: &Value| (r["read"].as_u64().unwrap(), r["lost"].as_u64().unwrap());
        let (read, lost) = counts(&readers[7]);
        assert!(lost > 0, "the one that stood still lost nothing: {found}");
        // A perf buffer tells of what it had no room for as lost.
        let room = if target == "generic" { 0 } else { found["no_room"].as_u64().unwrap() };
        for reader in &readers[..7] {
            assert_eq!(counts(reader), (sent, room), "{found}");
        }
        assert_eq!(read + lost, sent + room, "{found}");
    }
}

fn rate(host: &Host) -> Value {
    let workload = common::matrix::prepared("BPFSIGN_GUEST").join("bpfsign-workload");
    let example = text(common::example("event-rate"));
    let (run_dir, pins) = (text(host.path("run")), text(host.path("bpf/bpfsign")));
    let mut command = Command::new(example);
    command.args([&run_dir, &pins, "8", "4", &text(workload), "pace", "110"]);
    let ran = common::Ran(command.output().unwrap());
    assert_eq!(ran.exit(), 0, "{}", ran.stderr());
    ran.json()
}
