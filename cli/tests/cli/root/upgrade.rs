// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Upgrades and interruptions on the running kernel.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::common::{self, Host, Ran, calls_in, copy_program, repository, signed_package, text};

const NAME: &str = "sched-latency";
const FIELD: &str = "u64 waiting_full;";

/// The program with another sequence, and another layout if `wide`.
fn release(host: &Host, sequence: u32, wide: bool) -> PathBuf {
    let dir = host.path(&format!("src{sequence}{wide}"));
    let by = format!("sequence = {sequence}");
    let program = copy_program(&dir, "program.toml", "sequence = 1", &by);
    if wide {
        let header = program.join("sched-latency.h");
        let source = fs::read_to_string(&header).unwrap();
        assert!(source.contains(FIELD));
        fs::write(header, source.replace(FIELD, &format!("{FIELD}\n\tu64 spare;"))).unwrap();
    }
    signed_package(&program, &host.path(&format!("r{sequence}{wide}.bpfpkg")), &host.key())
}

fn kept(record: &serde_json::Value, pin: &str) -> bool {
    let maps = record["maps"].as_array().unwrap();
    maps.iter().find(|m| m["pin"] == pin).unwrap()["kept"].as_bool().unwrap()
}

/// The highest count in the map; it never goes down while data is kept.
fn total(host: &Host) -> u64 {
    let json = host.bpfsign(&["maps", "--json", NAME, "latency"]).json();
    json["entries"].as_array().unwrap().iter().filter_map(|e| e["value"]["count"].as_u64()).sum()
}

#[test]
#[ignore = "needs root: make test"]
fn an_upgrade_keeps_the_data_of_unchanged_maps_and_only_of_those() {
    let host = Host::new();
    host.load(&release(&host, 1, false)).ok();
    thread::sleep(std::time::Duration::from_millis(500));
    let before = total(&host);
    assert!(before > 0);
    let upgraded = host.bpfsign(&["load", "--json", &text(release(&host, 2, false))]).json();
    assert!(kept(&upgraded, "latency") && kept(&upgraded, "drops") && kept(&upgraded, "waiting"));
    assert!(total(&host) >= before);
    assert_eq!(upgraded["generation"], 2);
    assert!(!host.path("bpf/bpfsign/sched-latency/g1").exists());

    let wide = host.bpfsign(&["load", "--json", &text(release(&host, 3, true))]).json();
    assert!(!kept(&wide, "drops") && kept(&wide, "latency") && kept(&wide, "waiting"));
    let maps = host.bpfsign(&["maps", NAME]).ok();
    assert!(maps.contains("waiting_full, spare, latency_full"), "{maps}");
}

#[test]
#[ignore = "needs root: make test"]
fn an_older_release_is_refused_also_after_unloading() {
    let host = Host::new();
    let (old, new) = (release(&host, 1, false), release(&host, 2, false));
    host.load(&old).ok();
    host.load(&new).ok();
    let effects = host.effects();
    host.load(&old).refused(4, "rolled back: sequence 1, but 2 was loaded here before");
    assert_eq!(host.effects(), effects);
    host.bpfsign(&["unload", NAME]).ok();
    host.load(&old).refused(4, "rolled back");
    host.load(&new).ok();
    fs::write(host.path("state/sequence/sched-latency"), "many\n").unwrap();
    host.load(&new).refused(1, "the remembered sequence is damaged");
}

/// An agent that reads all the time never misses the pin.
#[test]
#[ignore = "needs root: make test"]
fn agents_read_on_while_the_package_is_replaced() {
    let host = Host::new();
    let releases: Vec<_> = (1..=5).map(|n| release(&host, n, false)).collect();
    host.load(&releases[0]).ok();
    let metrics = host.current(NAME).join("metrics");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !stop.load(Ordering::Relaxed) {
                fs::read_to_string(&metrics).expect("the metrics are always there");
                reads += 1;
            }
            reads
        });
        for release in &releases[1..] {
            host.load(release).ok();
        }
        stop.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 10);
    });
}

/// New programs are attached before the old ones go: at no moment of an
/// upgrade is a hook without a program.
#[test]
#[ignore = "needs root: make test"]
fn the_new_generation_is_attached_before_the_old_one_goes() {
    let host = Host::new();
    host.load(&release(&host, 1, false)).ok();
    let log = text(host.path("trace"));
    let package = text(release(&host, 2, false));
    let calls = "trace=bpf,rename,renameat,renameat2,unlink,unlinkat";
    host.strace(&["-s", "512", "-o", &log, "-e", calls], &["load", &package]).ok();
    let log = fs::read_to_string(log).unwrap();
    let position = |what: &dyn Fn(&str) -> bool| log.lines().position(what).unwrap();
    let lines: Vec<_> = log.lines().collect();
    let last_link = lines.iter().rposition(|l| l.contains("BPF_OBJ_PIN") && l.contains("/g2/"));
    let switched = position(&|l| l.starts_with("rename") && l.contains("/current\""));
    let first_gone = position(&|l| l.starts_with("unlink") && l.contains("on_switch"));
    assert!(last_link.unwrap() < switched && switched < first_gone, "{log}");
}

/// Killed at any of its system calls, `load` leaves nothing that
/// the next run does not clear away, and what was in force stays in force.
#[test]
#[ignore = "needs root: make test"]
fn a_load_killed_anywhere_leaves_nothing_behind() {
    let host = Host::new();
    let (old, new) = (release(&host, 1, false), release(&host, 2, false));
    let log = || host.bpfsign(&["audit", "verify", "--json"]).json()["entries"].as_u64().unwrap();
    let (mut kills, mut logged) = (0, 0);
    // Those of a run that replaces a release.
    forget_sequence(&host);
    host.load(&old).ok();
    let (trace, load) = (host.path("calls"), ["load", &text(&new)]);
    host.strace(&["-qq", "-o", &text(&trace)], &load).ok();
    for (call, times) in calls_in(&trace) {
        let mut killed = 0;
        // Each run is killed one call later, until one is not killed.
        for nth in 1..=times + 20 {
            forget_sequence(&host);
            host.load(&old).ok();
            let inject = format!("inject={call}:signal=KILL:when={nth}");
            let trace = format!("trace={call}");
            let options = ["-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let ran = host.strace(&options, &load);
            if ran.exit() == 0 {
                break;
            }
            killed += 1;
            let health = host.bpfsign(&["status", "--json", NAME]).json();
            assert_eq!(health["packages"][0]["health"]["state"], "loaded", "{call} {nth}");
            // What is said of it is said of the generation in force.
            let in_force = fs::read_link(host.current(NAME)).unwrap();
            let said = format!("g{}", health["packages"][0]["generation"]);
            assert_eq!(in_force.to_str(), Some(said.as_str()), "{call} {nth}");
            // What runs was logged, and no line is ever lost.
            let now = log();
            assert!(now > logged, "{call} {nth}: {logged} entries, then {now}");
            let shown = host.bpfsign(&["audit", "show", "--json", NAME]).json();
            let entries = shown["entries"].as_array().unwrap();
            let of_it =
                |e: &&serde_json::Value| e["generation"] == health["packages"][0]["generation"];
            assert!(entries.iter().any(|e| of_it(&e)), "{call} {nth}");
            host.load(&new).ok();
            logged = log();
            assert!(logged > now, "{call} {nth}");
            assert_one_generation(&host);
            assert_eq!(
                fs::read_to_string(host.path("state/sequence/sched-latency")).unwrap(),
                "2\n"
            );
        }
        kills += killed;
        println!("{call}: killed at {killed} calls");
    }
    assert!(kills > 200, "{kills}");
    host.bpfsign(&["unload", NAME]).ok();
    assert!(fs::read_dir(host.path("bpf/bpfsign")).unwrap().next().is_none());
}

/// Any load clears away what a killed one left, also of another package; one that finds all
/// in order looks into no package but its own.
#[test]
#[ignore = "needs root: make test"]
fn other_packages_are_looked_into_only_when_something_is_amiss() {
    let host = Host::new();
    let (old, new) = (release(&host, 1, false), release(&host, 2, false));
    let other = repository().join("programs/fd-leak");
    let other = signed_package(&other, &host.path("other.bpfpkg"), &host.key());
    host.load(&old).ok();
    let trace = text(host.path("calls"));
    let looks_into_it = || {
        host.strace(&["-qq", "-o", &trace], &["load", &text(&other)]).ok();
        fs::read_to_string(&trace).unwrap().matches("/bpfsign/sched-latency").count()
    };
    assert_eq!((looks_into_it(), looks_into_it()), (0, 0));
    // Before the new generation is put in force.
    let kill = ["-qq", "-o", "/dev/null", "-e", "inject=symlink:signal=KILL:when=1"];
    assert_ne!(host.strace(&kill, &["load", &text(&new)]).exit(), 0);
    let left = ["bpf/bpfsign/sched-latency/g2", "run/sched-latency/g2"].map(|p| host.path(p));
    assert!(left.iter().all(|path| path.exists()));
    assert!(looks_into_it() > 0 && !left.iter().any(|path| path.exists()));
    assert_one_generation(&host);
    assert_eq!(looks_into_it(), 0);
    // Pins that somebody else took away.
    fs::remove_dir_all(host.path("bpf/bpfsign/sched-latency")).unwrap();
    assert!(looks_into_it() > 0 && !host.path("run/sched-latency").exists());
}

/// So that the old release may be loaded again. (The real one cannot.)
fn forget_sequence(host: &Host) {
    let _ = fs::remove_file(host.path("state/sequence/sched-latency"));
}

fn assert_one_generation(host: &Host) {
    let package = host.path("bpf/bpfsign/sched-latency");
    let names: Vec<_> = fs::read_dir(&package)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n != "current")
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(fs::read_link(package.join("current")).unwrap().to_str(), Some(names[0].as_str()));
    // Schema and record are those of this generation, and nothing else is there.
    let run = host.path("run/sched-latency");
    let mut files: Vec<_> = fs::read_dir(&run)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["current", &names[0], "package.json", "schema.json"]);
    assert_eq!(fs::read_dir(run.join(&names[0])).unwrap().count(), 3);
    let record: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(run.join("package.json")).unwrap()).unwrap();
    assert_eq!(format!("g{}", record["generation"]), names[0]);
    for file in common::listing(&host.path("state")) {
        assert!(!file.contains(".tmp"), "{file}");
    }
}

/// A damaged record does not keep a package from being loaded again.
#[test]
#[ignore = "needs root: make test"]
fn a_damaged_record_is_told_and_mended_by_loading() {
    let host = Host::new();
    let package = release(&host, 1, false);
    host.load(&package).ok();
    let run = host.path("run/sched-latency/current");
    for file in ["package.json", "schema.json"] {
        fs::write(run.join(file), "{").unwrap();
        let ran = host.bpfsign(&["maps", NAME, "latency"]);
        let ran = if file == "package.json" { host.bpfsign(&["status", NAME]) } else { ran };
        ran.refused(1, "the record of what is loaded is damaged");
        assert!(ran.stderr().contains("load the package again"));
        host.load(&package).ok();
        assert!(host.bpfsign(&["status", NAME]).ok().contains("state    loaded"));
    }
}

/// A map that is taken over is frozen when the new release says so, and stays
/// frozen when it does not: the kernel knows no thawing.
#[test]
#[ignore = "needs root: make test"]
fn maps_that_are_taken_over_are_frozen_as_the_new_release_says() {
    let host = Host::new();
    let thawed = |sequence: u32| {
        let dir = host.path(&format!("thawed{sequence}"));
        let by = format!("sequence = {sequence}");
        let program = copy_program(&dir, "program.toml", "sequence = 1", &by);
        let path = program.join("program.toml");
        let toml = fs::read_to_string(&path).unwrap().replace("frozen = true", "frozen = false");
        fs::write(path, toml).unwrap();
        signed_package(&program, &host.path(&format!("t{sequence}.bpfpkg")), &host.key())
    };
    let writes = || {
        let drops = text(host.current(NAME).join("maps/drops"));
        let mut update = Command::new("bpftool");
        update.args(["map", "update", "pinned", &drops, "key", "0", "0", "0", "0", "value"]);
        Ran(update.args(["0"; 16]).output().unwrap()).exit() == 0
    };
    let frozen = |loaded: &serde_json::Value| {
        let maps = loaded["maps"].as_array().unwrap().clone();
        let drops = maps.into_iter().find(|m| m["pin"] == "drops").unwrap();
        (drops["kept"].as_bool().unwrap(), drops["frozen"].as_bool().unwrap())
    };
    let load = |file: PathBuf| host.bpfsign(&["load", "--json", &text(file)]).json();
    assert_eq!((frozen(&load(thawed(1))), writes()), ((false, false), true));
    assert_eq!((frozen(&load(release(&host, 2, false))), writes()), ((true, true), false));
    assert_eq!((frozen(&load(thawed(3))), writes()), ((true, true), false));
}
