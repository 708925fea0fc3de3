// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What agents are promised (docs/spec/pins-v1.md), held to on the running kernel.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use libbpf_rs::{MapCore, MapFlags, MapHandle};

use crate::common::{self, Host, bpfsign, repository, run, signed_package, text};

/// §2.2, §5.1, §5.2: a member of the group reads text and maps; nobody else does.
#[test]
#[ignore = "needs root: make test"]
fn a_member_of_the_group_reads_and_nobody_else() {
    let host = Host::with("sched-latency");
    let current = host.current("sched-latency");
    let metrics = text(current.join("metrics"));
    let map = text(current.join("maps/latency"));
    let said = host.as_agent(true, &["cat", &metrics]).ok();
    assert!(said.contains("# TYPE bpfsign_sched_latency_seconds histogram"), "{said}");
    let dump = ["bpftool", "-j", "map", "dump", "pinned", &map];
    host.as_agent(false, &["cat", &metrics]).refused(1, "Permission denied");
    let outside = host.as_agent(false, &dump);
    assert_ne!(outside.exit(), 0, "a stranger reads the map: {}", outside.stdout());
    let bpfsign = env!("CARGO_BIN_EXE_bpfsign");
    let options = host.options();
    let args = [&["maps", "--json", "sched-latency", "latency"][..]].concat();
    let command: Vec<&str> =
        [bpfsign].into_iter().chain(args).chain(options.iter().map(String::as_str)).collect();
    // The binary may lie where nobody but root gets.
    let copy = text(host.path("bpfsign"));
    fs::copy(bpfsign, &copy).unwrap();
    let command: Vec<&str> = [copy.as_str()].into_iter().chain(command[1..].to_vec()).collect();
    let read = host.as_agent(true, &command).json();
    assert!(!read["entries"].as_array().unwrap().is_empty());
    // And `status` says who may read what.
    let status = host.bpfsign(&["status", "sched-latency"]).ok();
    assert!(status.contains("latency (read by agents, frozen)"), "{status}");
    assert!(status.contains("waiting (read by root, frozen)"), "{status}");
}

/// §5.3: writing, freezing and unlinking fail.
#[test]
#[ignore = "needs root: make test"]
fn an_agent_cannot_write_freeze_or_unlink() {
    let host = Host::with("syscall-count");
    let current = host.current("syscall-count");
    let pins: [(&str, String); 2] =
        [("map", text(current.join("maps/calls"))), ("metrics", text(current.join("metrics")))];
    let map = &pins[0].1;
    let before = common::listing(&host.path("bpf"));
    let key = ["key", "0", "0", "0", "0"];
    let value = ["value", "0", "0", "0", "0", "0", "0", "0", "0"];
    let update = ["bpftool", "map", "update", "pinned", map];
    let update: Vec<&str> = update.into_iter().chain(key).chain(value).collect();
    for command in [&update[..], &["bpftool", "map", "freeze", "pinned", map]] {
        let ran = host.as_agent(true, command);
        assert_ne!(ran.exit(), 0, "{command:?}: {}", ran.stdout());
        let said = ran.stdout() + &ran.stderr();
        let refused = ["Permission denied", "Operation not permitted"];
        assert!(refused.iter().any(|why| said.contains(why)), "{command:?}: {said}");
    }
    for (_, pin) in &pins {
        host.as_agent(true, &["rm", "-f", pin]).refused(1, "Permission denied");
        let over = format!("{pin}2");
        host.as_agent(true, &["mv", pin, &over]).refused(1, "Permission denied");
        let write = format!("echo 1 > {pin}");
        let ran = host.as_agent(true, &["sh", "-c", &write]);
        assert_ne!(ran.exit(), 0);
    }
    assert_eq!(common::listing(&host.path("bpf")), before);
    // Frozen: user space does not write it, root's neither (§2.4).
    let mut root = std::process::Command::new("bpftool");
    let ran = root.args(&update[1..]).output().unwrap();
    assert!(!ran.status.success(), "root wrote a frozen map");
}

/// §2.3: a buffer of events is never handed out, whatever an author signs.
#[test]
#[ignore = "needs root: make test"]
fn a_buffer_of_events_is_not_for_agents() {
    let host = Host::new();
    let program = host.path("tcp-retransmit");
    run("cp", ["-r", &text(repository().join("programs/tcp-retransmit")), &text(&program)]);
    let file = program.join("program.toml");
    let source = fs::read_to_string(&file).unwrap();
    let package = signed_package(&program, &host.path("p.bpfpkg"), &host.key());
    let shared =
        source.replace("[maps.events]\nreaders = \"root\"", "[maps.events]\nreaders = \"agents\"");
    assert_ne!(shared, source);
    fs::write(&file, shared).unwrap();
    let out = text(host.path("shared.bpfpkg"));
    bpfsign(["build", &text(&program), "-o", &out]).refused(1, "is a buffer with one reader");
    // By hand, and signed.
    let mut parts = bpfsign_format::Package::parse(fs::read(package).unwrap()).unwrap().to_parts();
    let mut manifest = bpfsign_format::Manifest::parse(&parts.manifest).unwrap();
    let events = manifest.variants[0].maps.iter_mut().find(|m| m.name == "events").unwrap();
    events.readers = bpfsign_format::manifest::Readers::Agents;
    parts.manifest = manifest.encode().into();
    parts.signatures.clear();
    fs::write(&out, parts.encode()).unwrap();
    bpfsign(["sign", "--key", &text(host.key()), &out]).ok();
    host.load(out.as_ref()).refused(3, "map `events` is a buffer with one reader");
}

/// The counter of read(2) in the text, and in the map.
fn reads_counted(host: &Host) -> (u64, u64) {
    let current = host.current("syscall-count");
    let text = fs::read_to_string(current.join("metrics")).expect("the text is always there");
    let sample = "bpfsign_syscalls_total{number=\"0\",name=\"read\"} ";
    let line = text.lines().find_map(|l| l.strip_prefix(sample)).expect("read(2) is counted");
    let map = MapHandle::from_pinned_path(current.join("maps/calls")).expect("the map is there");
    let value = map.lookup(&0_u32.to_ne_bytes(), MapFlags::ANY).unwrap().unwrap();
    (line.parse().unwrap(), u64::from_ne_bytes(value.try_into().unwrap()))
}

/// §3.1, §3.2: through twenty upgrades, two agents that read without a pause meet no
/// error, and no counter goes backwards.
#[test]
#[ignore = "needs root: make test"]
fn agents_read_on_through_twenty_upgrades() {
    let host = Host::new();
    let source = repository().join("programs/syscall-count");
    let releases: Vec<_> = (1..=21)
        .map(|n| {
            let program = host.path(&format!("release{n}"));
            run("cp", ["-r", &text(&source), &text(&program)]);
            let file = program.join("program.toml");
            let toml = fs::read_to_string(&file).unwrap();
            fs::write(&file, toml.replace("sequence = 1", &format!("sequence = {n}"))).unwrap();
            signed_package(&program, &host.path(&format!("r{n}.bpfpkg")), &host.key())
        })
        .collect();
    host.load(&releases[0]).ok();
    let stop = AtomicBool::new(false);
    let agent = || {
        let (mut rounds, mut before) = (0_u32, (0, 0));
        while !stop.load(Ordering::Relaxed) {
            let now = reads_counted(&host);
            assert!(now.0 >= before.0 && now.1 >= before.1, "{before:?}, then {now:?}");
            (before, rounds) = (now, rounds + 1);
        }
        rounds
    };
    thread::scope(|scope| {
        let agents = [scope.spawn(agent), scope.spawn(agent)];
        for release in &releases[1..] {
            let loaded = host.bpfsign(&["load", "--json", &text(release)]).json();
            assert_eq!(loaded["maps"][0]["kept"], true, "{loaded}");
        }
        stop.store(true, Ordering::Relaxed);
        for agent in agents {
            let rounds = agent.join().unwrap();
            assert!(rounds >= 20 * 5, "only {rounds} readings");
        }
    });
}
