// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The audit log, and what runs against what was allowed.

use std::fs;

use serde_json::Value;

use crate::common::{self, Host, alone, run, text};

/// The events of the log, in order.
fn events(host: &Host) -> Vec<String> {
    let shown = host.bpfsign(&["audit", "show", "--json"]).json();
    let entries = shown["entries"].as_array().unwrap();
    entries.iter().map(|e| e["event"].as_str().unwrap().to_owned()).collect()
}

fn live(host: &Host) -> (i32, Value) {
    let ran = host.bpfsign(&["audit", "live", "--json"]);
    (ran.exit(), ran.json())
}

#[test]
#[ignore = "needs root: make test"]
fn what_is_loaded_is_logged_and_what_is_foreign_is_named() {
    // Programs of other tests would be foreign.
    let _alone = alone();
    let host = Host::new();
    let package = host.package();
    assert!(host.bpfsign(&["audit", "verify"]).ok().contains("0 entries, and the chain holds"));
    host.load(&package).ok();
    let unsigned = host.path("unsigned.bpfpkg");
    common::built_package(&common::program_dir(), &unsigned);
    host.load(&unsigned).refused(4, "signed by 0 of the 1");
    assert_eq!(events(&host), ["policy-change", "load", "refuse"]);
    let shown = host.bpfsign(&["audit", "show", "--json"]).json();
    let (load, refuse) = (&shown["entries"][1], &shown["entries"][2]);
    assert_eq!(
        (load["package"].as_str(), load["sequence"].as_u64()),
        (Some("sched-latency"), Some(1))
    );
    assert_eq!(load["signers"][0]["name"], "release.key.pub");
    assert_eq!((refuse["code"].as_str(), refuse["exit"].as_u64()), (Some("threshold"), Some(4)));
    let (exit, clean) = live(&host);
    assert_eq!((exit, &clean), (0, &serde_json::json!({ "foreign": [], "problems": [] })));

    // Loaded by another program, unpinned by hand, and no longer trusted.
    run("tar", ["xf", &text(&package), "-C", &text(host.path(".")), "objects/generic.bpf.o"]);
    let object = text(host.path("objects/generic.bpf.o"));
    run("bpftool", ["prog", "loadall", &object, &text(host.path("bpf/foreign"))]);
    fs::remove_file(host.current("sched-latency").join("links/on_switch")).unwrap();
    let policy = fs::read_to_string(host.path("policy.toml")).unwrap();
    let stranger = common::keygen(&host.path("."), "stranger.key");
    host.write_policy(&["stranger.key.pub"], 1, &["tracing"]);
    let (exit, found) = live(&host);
    assert_eq!(exit, 4);
    let names: Vec<_> =
        found["foreign"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["on_wakeup", "on_wakeup_new", "on_switch", "metrics"]);
    let first = &found["foreign"][0];
    assert!(first["type"] == "tracing" && first["tag"].as_str().unwrap().len() == 16, "{first}");
    let problems: Vec<_> = found["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["problem"].as_str().unwrap(), p["pin"].as_str(), p["code"].as_str()))
        .collect();
    let expected =
        [("missing-pin", Some("links/on_switch"), None), ("refused", None, Some("threshold"))];
    assert_eq!(problems, expected);

    // A pin that holds something else, a program of the foreign ones.
    fs::write(host.path("policy.toml"), policy).unwrap();
    host.load(&package).ok();
    fs::remove_file(host.current("sched-latency").join("programs/on_switch")).unwrap();
    let pin = text(host.current("sched-latency").join("programs/on_switch"));
    let foreign = text(host.path("bpf/foreign/on_wakeup"));
    run("bpftool", ["prog", "pin", "pinned", &foreign, &pin]);
    fs::remove_dir_all(host.path("bpf/foreign")).unwrap();
    let (exit, found) = live(&host);
    assert_eq!(exit, 4);
    assert_eq!(found["problems"][0]["problem"], "changed-pin", "{found}");
    assert_eq!(found["problems"][0]["pin"], "programs/on_switch");
    assert_eq!(found["foreign"][0]["name"], "on_wakeup");

    host.bpfsign(&["unload", "sched-latency"]).ok();
    assert!(stranger.exists());
    let all = ["policy-change", "load", "refuse", "load", "unload"];
    assert_eq!(events(&host), all);
    host.bpfsign(&["audit", "verify"]).ok();
    // Changed by hand, and cut off by a crash.
    let log = host.path("state/audit.jsonl");
    let good = fs::read_to_string(&log).unwrap();
    fs::write(&log, good.replacen("sched-latency", "sched-latencx", 1)).unwrap();
    host.bpfsign(&["audit", "verify"]).refused(3, "line 3 of the audit log");
    fs::write(&log, format!("{good}{{\"n\":9")).unwrap();
    assert!(host.bpfsign(&["audit", "verify"]).ok().contains("the last line is cut off"));
    host.load(&package).ok();
    assert!(host.bpfsign(&["audit", "verify"]).ok().contains("line 6 was cut off by a crash"));
}
