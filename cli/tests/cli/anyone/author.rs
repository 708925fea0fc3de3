// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The author's verbs: keygen, build, inspect, sign, verify.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::common::{
    bare_object, bpfsign, built_package, copy_program, keygen, listing, program_dir, run, scratch,
    signed_package, text,
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn keygen_writes_a_private_key_for_its_owner_only_and_never_over_another() {
    let dir = scratch();
    let key = dir.path().join("release.key");
    let ran = bpfsign(["keygen", "--json", "--out", &text(&key)]);
    let id = ran.json()["key_id"].as_str().unwrap().to_owned();
    assert_eq!((mode(&key), mode(&dir.path().join("release.key.pub"))), (0o600, 0o644));
    assert!(fs::read_to_string(&key).unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert_eq!(id.len(), 64);

    let before = fs::read(&key).unwrap();
    bpfsign(["keygen", "--out", &text(&key)]).refused(1, "release.key: File exists");
    assert_eq!(fs::read(&key).unwrap(), before);
    // Half a pair is not left behind when the public key's name is taken.
    fs::remove_file(&key).unwrap();
    bpfsign(["keygen", "--out", &text(&key)]).refused(1, "release.key.pub: File exists");
    assert!(!key.exists());
}

#[test]
fn keys_under_a_passphrase_need_it() {
    let dir = scratch();
    let (key, pass) = (dir.path().join("k"), dir.path().join("pass"));
    fs::write(&pass, "correct horse\n").unwrap();
    bpfsign(["keygen", "--out", &text(&key), "--passphrase-file", &text(&pass)])
        .refused(1, "accessible to others (mode 0644)");
    fs::set_permissions(&pass, fs::Permissions::from_mode(0o600)).unwrap();
    bpfsign(["keygen", "--out", &text(&key), "--passphrase-file", &text(&pass)]).ok();
    assert!(fs::read_to_string(&key).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-"));
    let package = built_package(&program_dir(), &dir.path().join("p.bpfpkg"));
    let sign = ["sign", "--key", &text(&key), &text(&package)];
    bpfsign(sign).refused(1, "give --passphrase-file");
    let pass_text = text(&pass);
    let with_pass = [&sign[..], &["--passphrase-file", &pass_text]].concat();
    bpfsign(&with_pass).ok();
    fs::write(&pass, "wrong\n").unwrap();
    bpfsign(&with_pass).refused(1, "wrong passphrase");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let dir = scratch();
    let key = keygen(dir.path(), "k");
    let package = built_package(&program_dir(), &dir.path().join("p.bpfpkg"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::read(&package).unwrap();
    let ran = bpfsign(["sign", "--key", &text(&key), &text(&package)]);
    ran.refused(1, &format!("chmod 600 {}", key.display()));
    assert_eq!(fs::read(&package).unwrap(), before);
}

#[test]
fn two_builds_in_two_directories_give_the_same_bytes() {
    let dir = scratch();
    let one = built_package(&program_dir(), &dir.path().join("one.bpfpkg"));
    let copy = copy_program(&dir.path().join("a/quite/other place"), "program.toml", "", "");
    let two = built_package(&copy, &dir.path().join("two.bpfpkg"));
    let bytes = fs::read(&one).unwrap();
    assert!(bytes == fs::read(&two).unwrap(), "the packages differ");
    // And they do not tell where they were built.
    let holds = |needle: &str| bytes.windows(needle.len()).any(|w| w == needle.as_bytes());
    assert!(!holds(&text(dir.path())) && !holds(&text(program_dir())) && !holds("/tmp/"));
    assert!(holds("-mcpu=v3") && holds("clang version"), "flags and compiler are recorded");
}

#[test]
fn signing_in_any_order_gives_the_same_bytes() {
    let dir = scratch();
    let (a, b) = (keygen(dir.path(), "a"), keygen(dir.path(), "b"));
    let built = built_package(&program_dir(), &dir.path().join("built"));
    let sign = |name: &str, keys: &[&Path]| {
        let package = dir.path().join(name);
        fs::copy(&built, &package).unwrap();
        for key in keys {
            bpfsign(["sign", "--key", &text(key), &text(&package)]).ok();
        }
        fs::read(package).unwrap()
    };
    let ab = sign("ab", &[&a, &b]);
    assert!(ab == sign("ba", &[&b, &a]) && ab == sign("aba", &[&a, &b, &a]));
    let trust =
        ["--trust", &text(a.with_extension("pub")), "--trust", &text(b.with_extension("pub"))];
    let package = text(dir.path().join("ab"));
    let verify = [&["verify", "--threshold", "2", &package][..], &trust].concat();
    bpfsign(&verify).ok();
    sign("ab", &[&a]);
    bpfsign(&verify).refused(4, "signed by 1 of the 2 trusted keys");
}

#[test]
fn inspect_tells_what_is_in_a_package_and_an_object() {
    let dir = scratch();
    let key = keygen(dir.path(), "k");
    let package = signed_package(&program_dir(), &dir.path().join("p.bpfpkg"), &key);
    let json = bpfsign(["inspect", "--json", &text(&package)]).json();
    assert_eq!(json["package"]["signatures"].as_array().unwrap().len(), 1);
    let object = &json["objects"]["objects/generic.bpf.o"];
    assert_eq!(object["license"], "Dual BSD/GPL");
    assert!(object["btf_types"].as_u64().unwrap() > 10);
    let switch = &object["programs"][2];
    assert_eq!(switch["name"], "on_switch");
    assert_eq!(switch["type"], "tracing");
    let helpers = switch["helpers"].as_array().unwrap();
    assert!(
        helpers.contains(&"ktime_get_ns".into()) && helpers.contains(&"map_delete_elem".into())
    );
    // As an independent reader of the same ELF file counts them.
    let bare = bare_object(dir.path(), &key);
    let dump = run(
        "llvm-objdump",
        ["-d", "--no-show-raw-insn", "-j", "tp_btf/sched_switch", &text(&bare)],
    );
    let last = dump.lines().rev().find_map(|l| l.split(':').next()?.trim().parse::<u64>().ok());
    assert_eq!(switch["instructions"].as_u64(), last.map(|n| n + 1));
    let core = object["core_relocations"].as_array().unwrap();
    assert!(
        core.iter().any(|r| r["target"] == "task_struct.comm" && r["kind"] == "field_byte_offset")
    );
    assert!(
        core.iter().any(|r| r["target"] == "task_struct.__state" && r["kind"] == "field_exists")
    );
    assert!(object["sections"]["tp_btf/sched_switch"].as_u64() == last.map(|n| (n + 1) * 8));
    let text_form = bpfsign(["inspect", &text(&bare)]).ok();
    assert!(text_form.contains("map latency (lru_hash): key 4 bytes, value 256 bytes"));
}

#[test]
fn bad_program_directories_are_refused_with_the_file_and_the_remedy() {
    let dir = scratch();
    let d = dir.path();
    let out = d.join("out.bpfpkg");
    let build = |program: &Path| bpfsign(["build", &text(program), "-o", &text(&out)]);
    build(&d.join("nothing")).refused(1, "program.toml: No such file");
    let case = |name: &str, file: &str, from: &str, by: &str, message: &str| {
        let program = copy_program(&d.join(name), file, from, by);
        build(&program).refused(1, message);
    };
    let toml = "program.toml";
    case("a", toml, "sequence = 1", "sequence = 1\nspeed = 9", "unknown field `speed`");
    case("b", toml, "metrics = \"metrics\"", "metrics = \"m\"", "there is no program `m`");
    case("c", toml, "maps.drops", "maps.dropped", "there is no map `dropped`");
    case("d", toml, "count = { unit", "counts = { unit", "there is no field `counts`");
    case(
        "f",
        toml,
        "name = \"sched-latency\"",
        "name = \"sched-latency\"\nsource = \"../x.c\"",
        "must be a file name",
    );
    case("g", "sched-latency.bpf.c", "return 0;", "return zero;", "does not compile");
    let undeclared = "return nothing(task);";
    case("j", "sched-latency.bpf.c", "return 0;", undeclared, "does not compile");
    let program = copy_program(&d.join("h"), toml, "version = \"0.1.0\"", "version = \"one\"");
    build(&program).refused(3, "`version` must be MAJOR.MINOR.PATCH");
    let pins = "struct { __uint(type, 1); __uint(max_entries, 8); __uint(pinning, 1);\n\
                __type(key, u32); __type(value, u64); } waiting SEC(\".maps\");";
    let program = copy_program(&d.join("i"), "sched-latency.bpf.c", "SINCE(waiting, 16384);", pins);
    build(&program).refused(3, "map `waiting` asks libbpf to pin it");
    let no_clang = ["build", &text(program_dir()), "-o", &text(&out), "--clang", "no-such-clang"];
    bpfsign(no_clang).refused(1, "install clang (apt-get install clang, or dnf install clang)");
    assert!(!out.exists());
    assert!(!listing(d).iter().any(|l| l.contains(".tmp")), "no partial file");
}

#[test]
fn signing_refuses_what_is_no_package_and_changes_nothing() {
    let dir = scratch();
    let key = keygen(dir.path(), "k");
    let sign = |file: &Path| bpfsign(["sign", "--key", &text(&key), &text(file)]);
    let junk = dir.path().join("junk");
    fs::write(&junk, b"hello").unwrap();
    sign(&junk).refused(3, "junk: ");
    assert_eq!(fs::read(&junk).unwrap(), b"hello");
    sign(dir.path()).refused(3, "not a regular file");
    let elf = dir.path().join("x.bpf.o");
    fs::write(&elf, b"\x7fELFhello").unwrap();
    sign(&elf).refused(3, "not a loadable BPF object");
    assert!(!dir.path().join("x.bpf.o.sig").exists());
    // A package whose payload was changed is not made good by a signature.
    let package = built_package(&program_dir(), &dir.path().join("p.bpfpkg"));
    let mut bytes = fs::read(&package).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&package, &bytes).unwrap();
    sign(&package).refused(3, "another SM3 than the manifest says");
    assert_eq!(fs::read(&package).unwrap(), bytes);
}

#[test]
fn verify_refuses_keys_that_are_no_sm2_keys() {
    let dir = scratch();
    let d = dir.path();
    let key = keygen(d, "k");
    let package = signed_package(&program_dir(), &d.join("p.bpfpkg"), &key);
    let p256 = text(d.join("p256"));
    run(
        "openssl",
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &p256],
    );
    let public = text(d.join("p256.pub"));
    run("openssl", ["pkey", "-in", &p256, "-pubout", "-out", &public]);
    bpfsign(["verify", "--trust", &public, &text(&package)])
        .refused(4, "the key is not on the SM2 curve");
    bpfsign(["verify", "--trust", &text(&package), &text(&package)])
        .refused(4, "no usable public key");
    bpfsign(["verify", "--trust", &text(&key), &text(&package)]).refused(4, "no usable public key");
}

#[test]
fn every_verb_has_help_with_an_example_and_usage_errors_exit_2() {
    let verbs = [
        "keygen", "build", "inspect", "sign", "verify", "load", "list", "status", "unload", "maps",
        "metrics",
    ];
    for verb in verbs {
        let help = bpfsign([verb, "--help"]).ok();
        assert!(help.contains(&format!("Example:\n  bpfsign {verb}")), "{help}");
        assert!(help.contains("--json"), "{help}");
        assert_eq!(bpfsign([verb, "--no-such-option"]).exit(), 2);
    }
    assert_eq!(bpfsign(["load", "--no-verify", "x"]).exit(), 2);
    let failure = bpfsign(["verify", "--json", "--trust", "/nonexistent", "x"]);
    assert_eq!((failure.exit(), failure.stderr().as_str()), (1, ""));
    let error = &failure.json()["error"];
    assert_eq!((&error["code"], &error["exit"]), (&"io".into(), &1.into()));
}

/// A thousand are signed together; with one that is no package, none.
#[test]
fn files_are_signed_all_or_none() {
    let dir = scratch();
    let key = text(keygen(dir.path(), "k"));
    let package = built_package(&program_dir(), &dir.path().join("p.bpfpkg"));
    let unsigned = fs::read(&package).unwrap();
    let all = dir.path().join("all");
    fs::create_dir(&all).unwrap();
    let files: Vec<String> = (0..1000).map(|i| text(all.join(format!("p{i}.bpfpkg")))).collect();
    files.iter().for_each(|file| fs::write(file, &unsigned).unwrap());
    let sign = |files: &[&str]| bpfsign(["sign", "--key", &key].iter().chain(files));
    let named: Vec<&str> = files.iter().map(String::as_str).collect();
    let there = || -> Vec<String> {
        listing(&all).into_iter().filter(|line| !line.contains("/all d ")).collect()
    };
    let before = there();
    let bad = text(dir.path().join("bad.bpfpkg"));
    fs::write(&bad, "no package").unwrap();
    sign(&[&named[..], &[&bad]].concat()).refused(3, "bad.bpfpkg");
    sign(&[&named[..], &["/no/such/file"]].concat()).refused(1, "/no/such/file");
    sign(&[&named[..], &named[500..501]].concat()).refused(1, "is named twice");
    assert!(there() == before);
    sign(&named).ok();
    bpfsign(["sign", "--key", &key, &text(&package)]).ok();
    let signed = fs::read(&package).unwrap();
    assert!(files.iter().all(|file| fs::read(file).unwrap() == signed));
    assert_eq!(there().len(), before.len());
}
