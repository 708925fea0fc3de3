// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host's verbs on the running kernel: load, read, upgrade, unload.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use crate::common::{
    self, Host, bare_object, bpfsign, copy_program, program_dir, signed_package, text,
};

const NAME: &str = "sched-latency";

/// Mode and group's name of a pin.
fn access(host: &Host, path: &str) -> (u32, String) {
    let metadata = fs::symlink_metadata(host.path("bpf/bpfsign").join(path)).unwrap();
    assert_eq!(metadata.uid(), 0);
    let groups = fs::read_to_string("/etc/group").unwrap();
    let name = groups.lines().find_map(|l| {
        let fields: Vec<_> = l.split(':').collect();
        (fields[2] == metadata.gid().to_string()).then(|| fields[0].to_owned())
    });
    (metadata.mode() & 0o7777, name.unwrap())
}

#[test]
#[ignore = "needs root: make test"]
fn load_pins_with_exact_modes_and_unload_takes_all_away() {
    let host = Host::new();
    let before = host.effects();
    let loaded = host.bpfsign(&["load", "--json", &text(host.package())]);
    loaded.ok();
    let json = loaded.json();
    assert_eq!(json["generation"], 1);
    assert_eq!(json["signers"][0]["name"], "release.key.pub");

    let (agents, root) = (host.group.clone(), "root".to_owned());
    let at = |path: &str| access(&host, path);
    assert_eq!(fs::read_link(host.current(NAME)).unwrap(), Path::new("g1"));
    assert_eq!(at(""), (0o750, agents.clone()));
    for directory in ["sched-latency", "sched-latency/g1", "sched-latency/g1/maps"] {
        assert_eq!(at(directory), (0o750, agents.clone()), "{directory}");
    }
    for directory in ["sched-latency/g1/links", "sched-latency/g1/programs"] {
        assert_eq!(at(directory), (0o700, root.clone()), "{directory}");
    }
    for pin in ["maps/latency", "maps/drops", "metrics"] {
        assert_eq!(at(&format!("sched-latency/g1/{pin}")), (0o440, agents.clone()), "{pin}");
    }
    for pin in ["maps/waiting", "links/on_switch", "links/on_wakeup", "programs/on_switch"] {
        assert_eq!(at(&format!("sched-latency/g1/{pin}")), (0o600, root.clone()), "{pin}");
    }
    for file in ["schema.json", "package.json"] {
        let path = host.path("run").join(NAME).join(file);
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, 0o440, "{file}");
    }

    let lock = fs::metadata(host.path("run/.lock")).unwrap();
    assert_eq!(lock.mode() & 0o7777, 0o600, "whoever can open the lock can hold it");

    host.bpfsign(&["unload", NAME]).ok();
    let mut after = host.effects();
    // The remembered sequence and the emptied directories stay.
    assert_eq!(fs::read_to_string(host.path("state/sequence/sched-latency")).unwrap(), "1\n");
    after.retain(|l| !l.contains("/state") && !l.contains("/run ") && !l.contains("/bpfsign "));
    assert_eq!(after, before);
    host.bpfsign(&["unload", NAME]).refused(1, "no such package is loaded");
}

#[test]
#[ignore = "needs root: make test"]
fn list_and_status_tell_what_is_loaded_and_what_is_broken() {
    let host = Host::new();
    assert_eq!(host.bpfsign(&["list"]).ok(), "no package is loaded\n");
    assert_eq!(host.bpfsign(&["status"]).ok(), "no package is loaded\n");
    host.bpfsign(&["status", NAME]).refused(1, "no such package is loaded");
    host.load(&host.package()).ok();
    let list = host.bpfsign(&["list", "--json"]).json();
    assert_eq!(list["packages"][0]["name"], NAME);
    assert_eq!(list["packages"][0]["sequence"], 1);
    let status = host.bpfsign(&["status", "--json", NAME]).json();
    assert_eq!(status["packages"][0]["health"]["state"], "loaded");
    fs::remove_file(host.current(NAME).join("links/on_switch")).unwrap();
    let status = host.bpfsign(&["status", "--json", NAME]).json();
    assert_eq!(status["packages"][0]["health"]["state"], "broken");
    assert_eq!(status["packages"][0]["health"]["missing"][0], "links/on_switch");
    assert!(host.bpfsign(&["status"]).ok().contains("broken, load it again"));
    // Loading it again mends it.
    host.load(&host.path("p.bpfpkg")).ok();
    assert!(host.bpfsign(&["status"]).ok().contains("state    loaded"));
}

#[test]
#[ignore = "needs root: make test"]
fn agents_read_with_cat_and_may_change_nothing() {
    let host = Host::new();
    host.load(&host.package()).ok();
    let metrics = text(host.current(NAME).join("metrics"));
    let read = host.as_agent(true, &["cat", &metrics]).ok();
    assert!(read.contains("# TYPE bpfsign_sched_latency_seconds histogram\n"), "{read}");
    assert!(read.contains("bpfsign_sched_latency_dropped_total{map=\"waiting\"} 0\n"), "{read}");
    host.as_agent(true, &["cat", &text(host.path("run/sched-latency/schema.json"))]).ok();
    // Outside the group nothing can be read.
    let outside = host.as_agent(false, &["cat", &metrics]);
    assert!(outside.exit() != 0 && outside.stderr().contains("Permission denied"));
    // Our own reader needs no more than cat does, on this kernel.
    let reader = text(host.path("bpfsign"));
    common::run("cp", [env!("CARGO_BIN_EXE_bpfsign"), &reader]);
    let options = host.options();
    let maps: Vec<_> = [reader.as_str(), "maps", NAME, "drops"]
        .into_iter()
        .chain(options.iter().map(String::as_str))
        .collect();
    assert!(host.as_agent(true, &maps).ok().starts_with("index=0 waiting_full=0"));
    host.as_agent(false, &maps).refused(1, "Permission denied");
    // And inside the group, nothing removed, renamed or replaced.
    let current = text(host.current(NAME));
    let latency = format!("{current}/maps/latency");
    let attempts: [&[&str]; 5] = [
        &["rm", "-f", &latency],
        &["mv", &latency, &format!("{current}/maps/mine")],
        &["chmod", "0666", &latency],
        &["rm", "-f", &current],
        &["ls", &format!("{current}/links/")],
    ];
    for attempt in attempts {
        assert_ne!(host.as_agent(true, attempt).exit(), 0, "{attempt:?}");
    }
    let key = ["key", "0", "0", "0", "0"];
    let value = vec!["0"; 256];
    let update = [&["bpftool", "map", "update", "pinned", &latency][..], &key, &["value"], &value];
    assert_ne!(host.as_agent(true, &update.concat()).exit(), 0);
    // Frozen: not even root writes it, while the programs still do.
    let as_root = common::Ran(
        std::process::Command::new("bpftool").args(&update.concat()[1..]).output().unwrap(),
    );
    assert!(
        as_root.exit() != 0 && as_root.stderr().contains("not permitted"),
        "{}",
        as_root.stderr()
    );
}

#[test]
#[ignore = "needs root: make test"]
fn maps_and_metrics_are_decoded_by_the_schema() {
    let host = Host::new();
    host.load(&host.package()).ok();
    let maps = host.bpfsign(&["maps", NAME]).ok();
    assert!(maps.contains("latency  lru_hash of at most 10240"), "{maps}");
    std::thread::sleep(std::time::Duration::from_millis(200));
    let json = host.bpfsign(&["maps", "--json", NAME, "latency"]).json();
    let entries = json["entries"].as_array().unwrap();
    assert!(!entries.is_empty());
    for entry in entries {
        assert!(entry["key"]["pid"].is_u64());
        assert_eq!(entry["value"]["slots"].as_array().unwrap().len(), 27);
        assert!(entry["value"]["comm"].is_string());
    }
    let sorted = ["maps", "--json", NAME, "latency", "--sort", "count", "--limit", "3"];
    let sorted = host.bpfsign(&sorted).json();
    let counts: Vec<_> =
        sorted["entries"].as_array().unwrap().iter().map(|e| &e["value"]["count"]).collect();
    assert_eq!(counts.len(), 3);
    assert!(counts.is_sorted_by_key(|n| std::cmp::Reverse(n.as_u64())), "{counts:?}");
    assert!(
        host.bpfsign(&["maps", NAME, "latency"])
            .ok()
            .contains("from ..       to       waits  log2-microseconds")
    );
    for limit in [0, 1, 2] {
        let some = ["maps", "--json", NAME, "latency", "--limit", &limit.to_string()];
        assert_eq!(host.bpfsign(&some).json()["entries"].as_array().unwrap().len(), limit);
    }
    host.bpfsign(&["maps", NAME, "nothing"]).refused(1, "pins no map `nothing`");
    host.bpfsign(&["maps", NAME, "latency", "--sort", "x"]).refused(2, "no field `x`");
    host.bpfsign(&["maps", "../x"]).refused(1, "no such package is loaded");
    let metrics = host.bpfsign(&["metrics", NAME]).ok();
    assert!(metrics.contains("bpfsign_sched_latency_seconds_bucket{pid="));
    let json = host.bpfsign(&["metrics", "--json", NAME]).json();
    assert!(json["text"].as_str().unwrap().starts_with("# HELP bpfsign_sched_latency_seconds "));
}

#[test]
#[ignore = "needs root: make test"]
fn a_bare_object_with_its_signature_loads_for_root_alone() {
    let host = Host::new();
    // Its iterator walks a map, which only a manifest can name.
    let object = bare_object(&host.path("."), &host.key());
    bpfsign(["sign", "--key", &text(host.key()), &text(&object)]).ok();
    host.load(&object).refused(3, "only a manifest can say which");
    let source = fs::read_to_string(program_dir().join("sched-latency.bpf.c")).unwrap();
    let (start, end) =
        (source.find("/* Prometheus text").unwrap(), source.find("#endif /* BPFSIGN").unwrap());
    let iterator = &source[start..end];
    let program = copy_program(&host.path("src"), "sched-latency.bpf.c", iterator, "");
    let toml = fs::read_to_string(program.join("program.toml")).unwrap();
    let toml = toml
        .replace("metrics = \"metrics\"\n", "")
        .replace("[programs.metrics]\nmap = \"latency\"\n", "");
    fs::write(program.join("program.toml"), toml).unwrap();
    let package = signed_package(&program, &host.path("p2.bpfpkg"), &host.key());
    common::run(
        "tar",
        ["xf", &text(package), "-C", &text(host.path(".")), "objects/generic.bpf.o"],
    );
    let object = host.path("plain.bpf.o");
    fs::rename(host.path("objects/generic.bpf.o"), &object).unwrap();
    host.load(&object).refused(3, "no detached signature");
    bpfsign(["sign", "--key", &text(host.key()), &text(&object)]).ok();
    host.load(&object).ok();
    assert_eq!(access(&host, "plain/g1/maps/latency"), (0o600, "root".into()));
    assert!(!host.current("plain").join("metrics").exists());
    host.bpfsign(&["maps", "plain", "drops"]).ok();
    host.bpfsign(&["metrics", "plain"]).refused(1, "has no metrics");
    fs::copy(&object, host.path("No_Name.bpf.o")).unwrap();
    fs::copy(host.path("plain.bpf.o.sig"), host.path("No_Name.bpf.o.sig")).unwrap();
    host.load(&host.path("No_Name.bpf.o")).refused(1, "the file name gives no package name");
    // A name that a package holds is not taken by an object: it has no sequence.
    host.load(&host.package()).ok();
    fs::copy(&object, host.path("sched-latency.bpf.o")).unwrap();
    fs::copy(host.path("plain.bpf.o.sig"), host.path("sched-latency.bpf.o.sig")).unwrap();
    host.load(&host.path("sched-latency.bpf.o")).refused(4, "rolled back: sequence 0");
}
