// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Each sentence of docs/spec/policy-v1.md that a package or a policy can
//! violate.

use std::{fs, path::Path};

use bpfsign_scenarios::PROGRAMS;

use crate::common::{self, Host, bpfsign, copy_program, keygen, repository, signed_package, text};

/// Puts lines before the signers of the host's policy, in place of those given.
fn set(host: &Host, from: &str, by: &str) {
    let path = host.path("policy.toml");
    let policy = fs::read_to_string(&path).unwrap();
    assert!(policy.contains(from), "{from:?} is not in {policy}");
    fs::write(path, policy.replacen(from, by, 1)).unwrap();
}

#[test]
#[ignore = "needs root: make test"]
fn what_a_package_may_do_is_decided_by_its_object() {
    let host = Host::new();
    let package = host.package();
    let types = "program-types = [\"tracing\"]\n";
    for (sentence, key, message) in [
        ("4.1", "targets = [\"kylin-v10-4.19\"]", "does not allow objects for generic"),
        ("4.2", "attach = [\"iter/*\"]", "the hook `tp_btf/sched_wakeup` (program `on_wakeup`)"),
        ("4.3", "helpers = [\"map_*\", \"ktime_get_ns\"]", "helper probe_read_kernel"),
        ("4.4", "map-types = [\"array\", \"hash\"]", "maps of type lru_hash (map `latency`)"),
        ("4.5", "max-map-bytes = 100000", "map `waiting` takes 262144 bytes, and the policy"),
        ("4.5", "max-memory = 1000000", "bytes, and the policy allows 1000000"),
        ("4.6", "readers = [\"root\"]", "the readers of map `"),
    ] {
        set(&host, types, &format!("{types}{key}\n"));
        let ran = host.load(&package);
        ran.refused(5, message);
        assert!(!host.current("sched-latency").exists(), "{sentence}");
        let policy = text(host.path("policy.toml"));
        let checked = bpfsign(["policy", "check", &policy, &text(&package)]);
        assert_eq!(checked.exit(), 5, "{sentence}: {}", checked.stdout());
        assert!(checked.stdout().contains(message), "{sentence}: {}", checked.stdout());
        host.write_policy(&["release.key.pub"], 1, &["tracing"]);
    }
    host.load(&package).ok();
}

/// The policy that ships, with a key in it, loads the program that ships.
#[test]
#[ignore = "needs root: make test"]
fn the_strict_policy_loads_our_programs_and_explains_itself() {
    let host = Host::new();
    let pem = fs::read_to_string(host.path("release.key.pub")).unwrap();
    let strict = fs::read_to_string(repository().join("docs/examples/policy.toml")).unwrap();
    let strict = strict
        .replace("CONTENT-OF-release.key.pub\n", &pem)
        .replace("group = \"bpfsign\"", &format!("group = \"{}\"", host.group));
    fs::write(host.path("policy.toml"), strict).unwrap();
    let package = host.package();
    host.load(&package).ok();
    let policy = text(host.path("policy.toml"));
    let shown = bpfsign(["policy", "check", &policy, &text(&package)]).ok();
    for line in [
        "objects/generic.bpf.o: allowed",
        "allowed  program `on_switch` attaches at `tp_btf/sched_switch` (attach)",
        "allowed  map `latency` is read by agents (readers)",
    ] {
        assert!(shown.contains(line), "want {line:?} in {shown}");
    }
    let json = bpfsign(["policy", "check", "--json", &policy, &text(&package)]).json();
    assert_eq!(json["objects"][0]["allowed"], true);
    assert!(json["objects"][0]["decisions"].as_array().unwrap().len() > 10);
    bpfsign(["policy", "check", &policy]).ok();
    for name in PROGRAMS {
        let program = repository().join("programs").join(name);
        let package = signed_package(&program, &host.path("each.bpfpkg"), &host.key());
        bpfsign(["policy", "check", &policy, &text(package)]).ok();
    }
    fs::write(host.path("policy.toml"), "policy = 2\n").unwrap();
    bpfsign(["policy", "check", &policy]).refused(5, "the policy is refused");
    bpfsign(["policy", "check", "/no/such/policy"]).refused(5, "there is no policy");
}

/// {no, one, two, twice the same} signers against thresholds of one and two, by
/// role and by name: each gives its exit code.
#[test]
#[ignore = "needs root: make test"]
fn thresholds_roles_and_names() {
    let host = Host::new();
    for name in ["second.key", "reviewer.key"] {
        keygen(&host.path("."), name);
    }
    let unsigned = host.path("unsigned.bpfpkg");
    common::built_package(&common::program_dir(), &unsigned);
    let signed = |keys: &[&str]| {
        let package = host.path("signed.bpfpkg");
        fs::copy(&unsigned, &package).unwrap();
        for key in keys {
            bpfsign(["sign", "--key", &text(host.path(key)), &text(&package)]).ok();
        }
        package
    };
    let all = ["release.key.pub", "second.key.pub", "reviewer.key.pub"];
    let verify = |package: &Path| host.bpfsign(&["verify", &text(package)]);
    let (one, same, two, both) = (
        ["release.key"].as_slice(),
        ["release.key", "release.key"].as_slice(),
        ["release.key", "second.key"].as_slice(),
        ["release.key", "reviewer.key"].as_slice(),
    );
    for (keys, threshold, exit) in [
        (&[][..], 1, 4),
        (one, 1, 0),
        (same, 1, 0),
        (two, 1, 0),
        (&[], 2, 4),
        (one, 2, 4),
        (same, 2, 4),
        (two, 2, 0),
    ] {
        host.write_policy(&all, threshold, &["tracing"]);
        assert_eq!(verify(&signed(keys)).exit(), exit, "{keys:?} against {threshold}");
    }
    // By role.
    host.write_policy(&all, 1, &["tracing"]);
    set(
        &host,
        "name = \"reviewer.key.pub\"\n",
        "name = \"reviewer.key.pub\"\nroles = [\"review\"]\n",
    );
    let rule = |text: &str| set(&host, "\n[[signer]]", &format!("\n[[rule]]\n{text}\n[[signer]]"));
    rule("packages = [\"sched-*\"]\nthreshold = 2\nroles = { build = 1, review = 1 }\n");
    verify(&signed(one)).refused(4, "signed by 1 of the 2 trusted keys");
    verify(&signed(two)).refused(4, "nobody signed it in role `review`");
    verify(&signed(both)).ok();
    // The first rule that matches counts.
    let first = "\n[[rule]]\npackages = [\"*-latency\"]\nthreshold = 1\n\n[[rule]]";
    set(&host, "\n[[rule]]", first);
    verify(&signed(one)).ok();
    // By name, and by day.
    host.write_policy(&["release.key.pub"], 1, &["tracing"]);
    let name = "name = \"release.key.pub\"\n";
    set(&host, name, &format!("{name}packages = [\"net-*\"]\n"));
    verify(&signed(one)).refused(4, "release.key.pub may not sign this package");
    host.write_policy(&["release.key.pub"], 1, &["tracing"]);
    set(&host, name, &format!("{name}valid-until = \"2020-12-31\"\n"));
    verify(&signed(one)).refused(4, "release.key.pub is not trusted after 2020-12-31");
}

#[test]
#[ignore = "needs root: make test"]
fn a_package_goes_back_only_as_far_as_the_policy_says() {
    let host = Host::new();
    let release = |sequence: u32| {
        let to = format!("sequence = {sequence}");
        let dir = host.path(&format!("src{sequence}"));
        let program = copy_program(&dir, "program.toml", "sequence = 1", &to);
        signed_package(&program, &host.path(&format!("{sequence}.bpfpkg")), &host.key())
    };
    let (two, three, five) = (release(2), release(3), release(5));
    host.load(&five).ok();
    host.load(&three).refused(4, "rolled back: sequence 3, but 5 was loaded here before");
    let exception = "\n[[rollback]]\npackage = \"sched-latency\"\nsequence = 3\n\n[[signer]]";
    set(&host, "\n[[signer]]", exception);
    host.load(&three).ok();
    host.load(&two).refused(4, "rolled back: sequence 2, but 5 was loaded here before");
    host.write_policy(&["release.key.pub"], 1, &["tracing"]);
    host.load(&three).refused(4, "rolled back");
    host.load(&five).ok();
}

/// {none, one, two, twice the same, revoked, expired, wrong role, unknown authority}
/// against thresholds of one and two: the exit code and error code of each.
#[test]
#[ignore = "needs root: make test"]
fn every_kind_of_signer_against_every_threshold() {
    let unsigned = Host::new();
    let built = unsigned.path("built.bpfpkg");
    common::built_package(&common::program_dir(), &built);
    let key = |host: &Host, name: &str| text(keygen(&host.path("."), name));
    for threshold in [1, 2] {
        // How many of two good signatures are there, and what becomes of it.
        let expect = |good: usize, otherwise: &'static str| match good >= threshold {
            true => (0, "ok"),
            false => (4, otherwise),
        };
        let expect_role = |threshold: usize| match threshold {
            1 => (4, "role"),
            _ => (4, "threshold"),
        };
        for (kind, expected) in [
            ("none", expect(0, "threshold")),
            ("one", expect(1, "threshold")),
            ("two distinct", expect(2, "threshold")),
            ("two same", expect(1, "threshold")),
            ("one and a revoked", expect(1, "revoked")),
            ("a revoked alone", expect(0, "revoked")),
            ("one and an expired", expect(1, "threshold")),
            ("an expired alone", expect(0, "threshold")),
            ("two, one in the role", (0, "ok")),
            ("one in the wrong role", expect_role(threshold)),
            ("one and an unknown authority", expect(1, "threshold")),
            ("an unknown authority alone", expect(0, "threshold")),
        ] {
            let host = Host::new();
            let (second, leaf, ca) =
                (key(&host, "second.key"), key(&host, "leaf"), key(&host, "ca"));
            host.write_policy(&["release.key.pub", "second.key.pub"], threshold, &["tracing"]);
            let package = host.path("p.bpfpkg");
            fs::copy(&built, &package).unwrap();
            let sign = |key: &str, more: &[&str]| {
                let file = text(&package);
                let args = ["sign", "--key", key, &file];
                bpfsign(args.iter().chain(more)).ok();
            };
            if !kind.contains("alone") && kind != "none" {
                sign(&text(host.key()), &[]);
            }
            if kind.contains("same") {
                // Below, too, it is the same key.
                sign(&text(host.key()), &[]);
            }
            if ["two distinct", "two, one", "revoked", "expired"].iter().any(|k| kind.contains(k)) {
                sign(&second, &[]);
            }
            if kind.contains("revoked") {
                revoke(&host, &second, threshold);
            }
            let name = "name = \"second.key.pub\"\n";
            if kind.contains("expired") {
                set(&host, name, &format!("{name}valid-until = \"2020-01-01\"\n"));
            }
            if kind.contains("role") {
                set(&host, name, &format!("{name}roles = [\"review\"]\n"));
                let rule = format!(
                    "\n[[rule]]\npackages = [\"*\"]\nthreshold = {threshold}\nroles = {{ review = 1 \
                     }}\n\n[[signer]]"
                );
                set(&host, "\n[[signer]]", &rule);
            }
            if kind.contains("authority") {
                let at = |name: &str| text(host.path(name));
                let cert = |args: &[&str]| bpfsign(["cert"].iter().chain(args)).ok();
                cert(&["root", "--key", &ca, "--subject", "CN=Unknown", "--out", &at("ca.pem")]);
                cert(&["csr", "--key", &leaf, "--subject", "CN=L", "--out", &at("l.csr")]);
                let issue = ["issue", "--key", &ca, "--ca", &at("ca.pem"), "--csr", &at("l.csr")];
                cert(&[&issue[..], &["--out", &at("l.pem")]].concat());
                sign(&leaf, &["--chain", &at("l.pem")]);
            }
            let ran = host.bpfsign(&["verify", "--json", &text(&package)]);
            let json = ran.json();
            let code = json["error"]["code"].as_str().unwrap_or("ok");
            assert_eq!((ran.exit(), code), expected, "{kind} against {threshold}: {json}");
        }
    }
}

/// Revokes a key by a trust update that enough of the policy's signers signed. One more signer
/// is there, so that the threshold can still be met.
fn revoke(host: &Host, key: &str, threshold: usize) {
    keygen(&host.path("."), "spare.key");
    let pem = fs::read_to_string(host.path("spare.key.pub")).unwrap();
    let spare = format!("[[signer]]\nname = \"spare.key.pub\"\npublic-key = \"\"\"\n{pem}\"\"\"\n");
    let policy = fs::read_to_string(host.path("policy.toml")).unwrap();
    fs::write(host.path("policy.toml"), format!("{policy}\n{spare}")).unwrap();
    for signer in ["release.key.pub", "second.key.pub", "spare.key.pub"] {
        host.give_roles(signer, &["build", "trust"]);
    }
    let (source, update) = (host.path("t.toml"), host.path("t.bpftrust"));
    let public = fs::read_to_string(format!("{key}.pub")).unwrap();
    let der = host.path("key.der");
    fs::write(host.path("key.pem"), public).unwrap();
    let convert = ["pkey", "-pubin", "-in", &text(host.path("key.pem")), "-outform", "DER"];
    common::run("openssl", convert.iter().chain(&["-out", &text(&der)]));
    let digest = common::run("openssl", ["dgst", "-sm3", "-r", &text(&der)]);
    let id = digest.split(' ').next().unwrap().to_owned();
    let content =
        format!("trust = 1\nsequence = 1\nissued = \"2026-01-01\"\nrevoked-keys = [\"{id}\"]\n");
    fs::write(&source, content).unwrap();
    bpfsign(["trust", "build", &text(&source), "-o", &text(&update)]).ok();
    for signer in [text(host.key()), key.to_owned()].iter().take(threshold) {
        bpfsign(["trust", "sign", "--key", signer, &text(&update)]).ok();
    }
    host.bpfsign(&["trust", "apply", &text(&update)]).ok();
}
