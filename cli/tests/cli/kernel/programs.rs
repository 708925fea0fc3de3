// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every program on the running kernel, against an independent source. The same
//! scenarios run on every kernel of the matrix (`kernels.rs`).

use std::{
    fs,
    process::{Command, Stdio},
};

use bpfsign_scenarios::{self as scenario, Outcome, Rig};

use crate::common::{Host, alone, go_program, matrix::prepared, repository, run, text};

fn rig(host: &Host) -> Rig {
    let programs = prepared("BPFSIGN_GUEST");
    // On the disk: what lies in memory only has no major faults.
    let file = repository().join("target").join(format!("{}-pages", host.group));
    fs::write(&file, vec![1; 20 << 20]).unwrap();
    run("sync", [&file]);
    Rig {
        bpfsign: env!("CARGO_BIN_EXE_bpfsign").into(),
        options: host.options(),
        workload: programs.join("bpfsign-workload"),
        disk_file: text(file),
        network_of: None,
    }
}

/// Loads a package, and holds its numbers to what a scenario knows.
fn agrees(name: &str, scenario: fn(&Rig) -> Outcome) {
    let _alone = alone();
    let host = Host::for_programs();
    host.load(&host.package_of(name)).ok();
    let rig = rig(&host);
    let outcome = scenario(&rig);
    fs::remove_file(&rig.disk_file).unwrap();
    host.bpfsign(&["unload", name]).ok();
    outcome.unwrap_or_else(|why| panic!("{name}: {why}"));
}

/// The same, of a scenario that loads the package itself.
fn loads_and_agrees(name: &str, scenario: fn(&Rig, &[&str]) -> Outcome) {
    let _alone = alone();
    let host = Host::for_programs();
    let package = text(host.package_of(name));
    let rig = rig(&host);
    let outcome = scenario(&rig, &["load", &package]);
    fs::remove_file(&rig.disk_file).unwrap();
    outcome.unwrap_or_else(|why| panic!("{name}: {why}"));
}

#[test]
#[ignore = "needs what make test prepares"]
fn off_cpu_agrees_with_the_clock_and_with_voluntary_switches() {
    agrees("off-cpu", scenario::off_cpu);
}

#[test]
#[ignore = "needs what make test prepares"]
fn syscall_count_is_exact() {
    agrees("syscall-count", scenario::syscall_count);
}

#[test]
#[ignore = "needs what make test prepares"]
fn cfs_throttle_agrees_with_cpu_stat() {
    agrees("cfs-throttle", scenario::cfs_throttle);
}

#[test]
#[ignore = "needs what make test prepares"]
fn fd_leak_agrees_with_proc() {
    loads_and_agrees("fd-leak", scenario::fd_leak);
}

#[test]
#[ignore = "needs what make test prepares"]
fn mem_reclaim_counts_every_major_fault() {
    agrees("mem-reclaim", scenario::major_faults);
}

#[test]
#[ignore = "needs what make test prepares"]
fn memcg_pressure_agrees_with_the_group_s_files() {
    loads_and_agrees("memcg-pressure", scenario::memcg_pressure);
}

#[test]
#[ignore = "needs what make test prepares"]
fn rcvq_drops_agree_with_snmp() {
    agrees("tcp-rcvq-drops", |rig| scenario::udp_queue(rig).and(scenario::tcp_window(rig)));
}

#[test]
#[ignore = "needs what make test prepares"]
fn retransmissions_agree_with_snmp() {
    agrees("tcp-retransmit", scenario::retransmit);
}

#[test]
#[ignore = "needs what make test prepares"]
fn qdisc_drops_agree_with_tc() {
    agrees("qdisc-drops", scenario::qdisc_drops);
}

#[test]
#[ignore = "needs what make test prepares"]
fn sockstat_starts_from_a_census_and_agrees_with_proc() {
    loads_and_agrees("sockstat", scenario::sockstat);
}

#[test]
#[ignore = "needs what make test prepares"]
fn go_malloc_agrees_with_go_s_own_profile() {
    let _alone = alone();
    let host = Host::for_programs();
    let package = text(host.package_of("go-malloc"));
    let program = go_program(&host.path("gomalloc"), "");
    let record = host.bpfsign(&["load", "--json", "--binary", &text(&program), &package]).json();
    assert_eq!(
        record["programs"][0]["attach"],
        format!("uprobe/{}:runtime.mallocgc+0xa", text(&program))
    );
    assert_eq!(record["left_out"][0]["program"], "on_malloc_stack", "{record}");
    let rig = rig(&host);
    let outcome = scenario::go_malloc(&rig, &program);
    fs::remove_file(&rig.disk_file).unwrap();
    outcome.unwrap_or_else(|why| panic!("{why}"));
}

#[test]
#[ignore = "needs what make test prepares"]
fn retransmissions_are_events() {
    agrees("tcp-retransmit", scenario::retransmit_events);
    Host::for_programs()
        .bpfsign(&["events", "tcp-retransmit"])
        .refused(1, "no such package is loaded");
}

#[test]
#[ignore = "needs what make test prepares"]
fn top_shows_rates_and_bars() {
    let _alone = alone();
    let host = Host::for_programs();
    for name in ["syscall-count", "sched-latency"] {
        host.load(&host.package_of(name)).ok();
    }
    let rig = rig(&host);
    fs::remove_file(&rig.disk_file).unwrap();
    let top = Command::new(&rig.bpfsign)
        .args([
            "top",
            "--json",
            "syscall-count",
            "--frames",
            "1",
            "--interval",
            "3",
            "--rows",
            "512",
        ])
        .args(host.options())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Between the two looks.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    scenario::syscall_count(&rig).unwrap_or_else(|why| panic!("{why}"));
    let frame = top.wait_with_output().unwrap().stdout;
    let frame: serde_json::Value = serde_json::from_slice(&frame).unwrap();
    let rows = frame["maps"][0]["rows"].as_array().unwrap();
    let row = rows.iter().find(|r| r["key"] == "number=140").unwrap();
    let rate = row["rates"]["value"].as_f64().unwrap();
    // As often as it was called, in a little more than three seconds.
    assert!((12345.0 * 0.9..=12345.0).contains(&(rate * 3.0)), "{rate}");
    let text = host.bpfsign(&["top", "sched-latency", "--frames", "1"]).ok();
    assert!(text.contains("log2-microseconds") && text.contains("|#"), "{text}");
    assert!(text.contains("count") && text.contains("pid="), "{text}");
    assert!(!text.contains("waiting: "), "that map is root's: {text}");
    host.bpfsign(&["top", "off-cpu", "--frames", "1"]).refused(1, "no such package is loaded");
}
