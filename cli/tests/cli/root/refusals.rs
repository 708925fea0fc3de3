// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a host refuses, with which exit code, and that nothing changes.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use bpfsign_vectors::VectorSet;

use crate::common::{self, Host, Ran, alone, copy_program, program_dir, run, signed_package, text};

/// Programs in the kernel, by any loader.
fn programs_in_kernel() -> usize {
    let list: serde_json::Value =
        serde_json::from_str(&run("bpftool", ["prog", "list", "-j"])).unwrap();
    list.as_array().unwrap().iter().filter(|p| p["name"].as_str() == Some("on_switch")).count()
}

/// Every vector, through both verbs that verify, as a user would run them.
#[test]
#[ignore = "needs root: make test"]
fn every_vector_is_refused_with_its_exit_code_and_changes_nothing() {
    let set = VectorSet::generate();
    let host = Host::new();
    fs::write(host.path("trusted.pub"), set.trusted.to_pem().unwrap()).unwrap();
    host.write_policy(&["trusted.pub"], 1, &["tracing"]);
    host.trust_authority("authority", &set.authority);
    let before = host.effects();
    let file = host.path("vector.bpfpkg");
    for vector in &set.vectors {
        fs::write(&file, &vector.bytes).unwrap();
        let verified = host.bpfsign(&["verify", "--json", &text(&file)]);
        assert_eq!(verified.exit(), i32::from(vector.exit), "{}", vector.name);
        if vector.exit == 0 {
            continue;
        }
        assert_eq!(verified.json()["error"]["code"], vector.code, "{}", vector.name);
        let loaded = host.bpfsign(&["load", "--json", &text(&file)]);
        assert_eq!(loaded.exit(), i32::from(vector.exit), "{}", vector.name);
        assert_eq!(loaded.json()["error"]["code"], vector.code, "{}", vector.name);
    }
    assert_eq!(host.effects(), before);
}

#[test]
#[ignore = "needs root: make test"]
fn a_tampered_package_is_not_loaded() {
    // It counts the programs in the kernel.
    let _alone = alone();
    let host = Host::new();
    let package = host.package();
    let good = fs::read(&package).unwrap();
    let count = programs_in_kernel();
    let before = host.effects();
    // Spread over the whole file; all bits are flipped in the loader's tests.
    for at in (0..good.len()).step_by(997) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        fs::write(&package, bytes).unwrap();
        assert!(matches!(host.load(&package).exit(), 3 | 4), "byte {at}");
    }
    assert_eq!((host.effects(), programs_in_kernel()), (before, count));
}

#[test]
#[ignore = "needs root: make test"]
fn the_policy_must_be_roots_alone_and_make_sense() {
    let host = Host::new();
    let package = host.package();
    let policy = host.path("policy.toml");
    let mode = |mode| fs::set_permissions(&policy, fs::Permissions::from_mode(mode)).unwrap();
    for writable in [0o664, 0o646, 0o666] {
        mode(writable);
        host.load(&package).refused(5, "policy.toml can be changed by others than root");
    }
    mode(0o600);
    let parent = host.path("");
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o1777)).unwrap();
    host.load(&package).refused(5, "keep the policy where only root can write");
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o755)).unwrap();
    run("chown", ["nobody", &text(&policy)]);
    host.load(&package).refused(5, "chown root");
    run("chown", ["root", &text(&policy)]);
    let good = fs::read_to_string(&policy).unwrap();
    let bad = |from: &str, by: &str, message: &str| {
        fs::write(&policy, good.replace(from, by)).unwrap();
        host.load(&package).refused(5, message);
    };
    bad("policy = 1", "policy = 2", "version 2; this program knows 1");
    bad("threshold = 1", "threshold = 0", "threshold 0 of 1 signers");
    bad("threshold = 1", "threshold = 1\nverify = false", "unknown field `verify`");
    bad("BEGIN PUBLIC", "BEGIN", "not a PEM file");
    bad("\"tracing\"", "\"xdp\"", "does not allow type tracing (program `on_wakeup`)");
    fs::remove_file(&policy).unwrap();
    host.load(&package).refused(5, "there is no policy");
    assert_eq!(host.effects(), [format!("{} d 0", host.path("bpf").display())]);
}

#[test]
#[ignore = "needs root: make test"]
fn signers_and_threshold_of_the_policy_count() {
    let host = Host::new();
    let package = host.package();
    common::keygen(&host.path("."), "second.key");
    fs::rename(host.path("second.pub"), host.path("second.key.pub")).unwrap_or_default();
    host.write_policy(&["second.key.pub"], 1, &["tracing"]);
    host.load(&package).refused(4, "signed by 0 of the 1 trusted keys");
    host.write_policy(&["release.key.pub", "second.key.pub"], 2, &["tracing"]);
    host.load(&package).refused(4, "signed by 1 of the 2 trusted keys");
    common::bpfsign(["sign", "--key", &text(host.path("second.key")), &text(&package)]).ok();
    host.load(&package).ok();
}

#[test]
#[ignore = "needs root: make test"]
fn expired_and_too_new_packages_are_refused() {
    let host = Host::new();
    let expired = copy_program(
        &host.path("expired"),
        "program.toml",
        "sequence = 1",
        "sequence = 1\nexpires = \"2024-02-29\"",
    );
    let package = signed_package(&expired, &host.path("e.bpfpkg"), &host.key());
    host.load(&package).refused(4, "the last day to load it was 2024-02-29");
    // A package for a loader that does not exist yet, signed by a trusted key.
    let built = host.package();
    let container = bpfsign_format::Package::parse(fs::read(&built).unwrap()).unwrap();
    let mut parts = container.to_parts();
    let manifest = String::from_utf8(parts.manifest).unwrap();
    parts.manifest = manifest.replace("min-loader = \"0.1.0\"", "min-loader = \"99.0.0\"").into();
    parts.signatures.clear();
    fs::write(&built, parts.encode()).unwrap();
    common::bpfsign(["sign", "--key", &text(host.key()), &text(&built)]).ok();
    host.load(&built).refused(6, "needs bpfsign 99.0.0");
}

#[test]
#[ignore = "needs root: make test"]
fn manifest_schema_and_object_must_agree() {
    let host = Host::new();
    let built = fs::read(host.package()).unwrap();
    let resigned = |name: &str, change: &dyn Fn(&mut bpfsign_format::Parts)| {
        let mut parts = bpfsign_format::Package::parse(built.clone()).unwrap().to_parts();
        change(&mut parts);
        let mut manifest = bpfsign_format::Manifest::parse(&parts.manifest).unwrap();
        for file in &mut manifest.files {
            let bytes = &parts.payload[&file.name];
            let digests = bpfsign_format::Digests::of(bytes);
            (file.size, file.sm3, file.sha256) = (bytes.len() as u64, digests.sm3, digests.sha256);
        }
        parts.manifest = manifest.encode().into();
        parts.signatures.clear();
        let path = host.path(name);
        fs::write(&path, parts.encode()).unwrap();
        common::bpfsign(["sign", "--key", &text(host.key()), &text(&path)]).ok();
        path
    };
    let in_manifest = |from: &'static str, by: &'static str| {
        move |parts: &mut bpfsign_format::Parts| {
            let manifest = String::from_utf8(parts.manifest.clone()).unwrap();
            assert!(manifest.contains(from));
            parts.manifest = manifest.replace(from, by).into();
        }
    };
    let schema = |from: &'static str, by: &'static str| {
        move |parts: &mut bpfsign_format::Parts| {
            let schema = String::from_utf8(parts.payload["schema.json"].clone()).unwrap();
            assert!(schema.contains(from));
            parts.payload.insert("schema.json".into(), schema.replacen(from, by, 1).into());
        }
    };
    let hook = in_manifest("tp_btf/sched_switch", "tp_btf/sched_waking");
    host.load(&resigned("a", &hook)).refused(3, "manifest and object disagree");
    let variant = schema("\"generic\": {", "\"other\": {");
    host.load(&resigned("f", &variant)).refused(3, "there is no variant `generic` in schema.json");
    let field = schema("\"name\": \"count\"", "\"name\": \"counts\"");
    host.load(&resigned("b", &field)).refused(3, "does not describe map `latency`");
    let size = schema("\"max_entries\": 10240", "\"max_entries\": 1");
    host.load(&resigned("c", &size)).refused(3, "does not describe map `latency`");
    let offset = schema("\"offset\": 16", "\"offset\": 9999");
    host.load(&resigned("d", &offset)).refused(3, "`schema.json` is not a schema");
    // Text that an agent would read as another line, and a label that no field has.
    let label = schema("\"text\": \"waiting\"", "\"text\": \"a\\\"} 1\\nb\"");
    host.load(&resigned("g", &label)).refused(3, "label \"map\" does not fit the map");
    let comm = schema("\"field\": \"comm\"", "\"field\": \"no\"");
    host.load(&resigned("h", &comm)).refused(3, "label \"comm\" does not fit the map");
    let sum = schema("\"sum\": \"sum_ns\"", "\"sum\": \"slots\"");
    host.load(&resigned("i", &sum)).refused(3, "`sum` and `when` must name unsigned numbers");
    let object = |parts: &mut bpfsign_format::Parts| {
        parts.payload.insert("objects/generic.bpf.o".into(), b"\x7fELF no more".to_vec());
    };
    host.load(&resigned("e", &object)).refused(3, "not a loadable BPF object");
    assert_eq!(host.effects(), [format!("{} d 0", host.path("bpf").display())]);
}

#[test]
#[ignore = "needs root: make test"]
fn a_program_that_the_kernel_refuses_leaves_nothing() {
    let host = Host::new();
    let before = host.effects();
    let read = "u32 tid = READ(task, pid);\n\tstruct drops *d;";
    let wild = "u32 tid = *(volatile u32 *)(now + READ(task, pid));\n\tstruct drops *d;";
    let program = copy_program(&host.path("wild"), "sched-latency.bpf.c", read, wild);
    let package = signed_package(&program, &host.path("w.bpfpkg"), &host.key());
    let ran = host.load(&package);
    ran.refused(7, "the kernel refused to load it");
    assert!(ran.stderr().contains("invalid mem access"), "{}", ran.stderr());
    // The directory of the lock, which is not held any more, is no package's.
    let left: Vec<_> = host.effects().into_iter().filter(|l| !l.contains("/run d ")).collect();
    assert_eq!(left, before);
    let hook = copy_program(
        &host.path("hook"),
        "sched-latency.bpf.c",
        "TRACEPOINT(\"sched_wakeup_new\")\nint BPF_PROG(on_wakeup_new, struct task_struct *task)\n{",
        "SEC(\"raw_tp/no_such_hook\")\nint on_wakeup_new(void *ctx)\n{\n\treturn 0;\n}\n\n\
         static int unused(struct task_struct *task)\n{",
    );
    host.write_policy(&["release.key.pub"], 1, &["tracing", "raw_tracepoint"]);
    let package = signed_package(&hook, &host.path("h.bpfpkg"), &host.key());
    host.load(&package).refused(7, "program `on_wakeup_new` does not attach");
    let left: Vec<_> = host.effects().into_iter().filter(|l| l.contains("sched-latency")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
#[ignore = "needs root: make test"]
fn a_host_that_is_not_ready_is_told_what_to_do() {
    let host = Host::new();
    let package = text(host.package());
    let with = |option: &str, value: &str| {
        let mut options = host.options();
        let at = options.iter().position(|o| o == option).unwrap();
        options[at + 1] = value.to_owned();
        common::bpfsign(["load".to_owned(), package.clone()].into_iter().chain(options))
    };
    with("--pin-root", "/run/bpfsign-not-there").refused(1, "mount -t bpf bpf /sys/fs/bpf");
    let load: Vec<_> = [env!("CARGO_BIN_EXE_bpfsign").to_owned(), "load".into(), package.clone()]
        .into_iter()
        .chain(host.options())
        .collect();
    let load: Vec<_> = load.iter().map(String::as_str).collect();
    let dropped = [&["setpriv", "--bounding-set", "-all", "--"][..], &load].concat();
    let ran = Ran(Command::new(dropped[0]).args(&dropped[1..]).output().unwrap());
    ran.refused(1, "too little privilege");
    let policy = fs::read_to_string(host.path("policy.toml")).unwrap();
    fs::write(host.path("policy.toml"), policy.replace(&host.group, "no-such-group")).unwrap();
    host.load(host.path("p.bpfpkg").as_path()).refused(1, "groupadd --system no-such-group");
    fs::write(host.path("policy.toml"), policy).unwrap();
    // A pin root that others could have filled.
    fs::create_dir(host.path("bpf/bpfsign")).unwrap();
    run("chmod", ["0777", &text(host.path("bpf/bpfsign"))]);
    host.load(host.path("p.bpfpkg").as_path()).refused(1, "is writable by others than root");
    fs::remove_dir(host.path("bpf/bpfsign")).unwrap();
    // Another bpfsign at work: flock(1) holds the lock meanwhile.
    fs::create_dir(host.path("run")).unwrap();
    let lock = text(host.path("run/.lock"));
    let locked = [&["flock", &lock][..], &load, &["--wait", "1"]].concat();
    let ran = Ran(Command::new(locked[0]).args(&locked[1..]).output().unwrap());
    ran.refused(1, "another bpfsign is changing this host, and was not done within");
    assert!(!host.path("bpf/bpfsign").exists());
    assert_eq!(common::listing(&program_dir()).iter().filter(|l| l.contains(".tmp")).count(), 0);
}
