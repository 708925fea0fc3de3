// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One buffer of events and many readers, through the holder.

use std::{process::Command, time::Duration};

use bpfsign_readers::{Counts, read};

use crate::common::{Host, alone, matrix::prepared, repository, run, signed_package, text};

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
        let mut workload = Command::new(prepared("BPFSIGN_GUEST").join("bpfsign-workload"));
        let time = Duration::from_secs(4);
        let found = read(&host.for_library(), 8, time, workload.args(["pace", "110"])).unwrap();
        host.bpfsign(&["unload", "event-rate"]).ok();
        println!("{target}: {found:?}");
        assert!(found.sent > 100_000, "{found:?}");
        assert_eq!(found.readers.len(), 8);
        let still = found.readers[7];
        assert!(still.lost > 0, "the one that stood still lost nothing: {found:?}");
        // A perf buffer tells of what it had no room for as lost.
        let room = if target == "generic" { 0 } else { found.no_room };
        for reader in &found.readers[..7] {
            assert_eq!(*reader, Counts { read: found.sent, lost: room }, "{found:?}");
        }
        assert_eq!(still.read + still.lost, found.sent + room, "{found:?}");
    }
}
