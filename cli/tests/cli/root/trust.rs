// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Trust updates, revocation, the clock, and reconcile.

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::common::{self, Host, Ran, bpfsign, calls_in, keygen, text};

const NAME: &str = "sched-latency";

/// A trust update with this text, signed with these keys.
fn update(host: &Host, sequence: u32, more: &str, keys: &[&str]) -> PathBuf {
    let (source, file) =
        (host.path(&format!("{sequence}.toml")), host.path(&format!("{sequence}.bpftrust")));
    let text_of = format!("trust = 1\nsequence = {sequence}\nissued = \"2026-01-31\"\n{more}\n");
    fs::write(&source, text_of).unwrap();
    bpfsign(["trust", "build", &text(&source), "-o", &text(&file)]).ok();
    for key in keys {
        bpfsign(["trust", "sign", "--key", &text(host.path(key)), &text(&file)]).ok();
    }
    file
}

fn apply(host: &Host, file: &PathBuf) -> Ran {
    host.bpfsign(&["trust", "apply", &text(file)])
}

fn key_id(host: &Host, key: &str) -> String {
    let probe = host.path("probe.bpfpkg");
    common::built_package(&common::program_dir(), &probe);
    let signed = bpfsign(["sign", "--json", "--key", &text(host.path(key)), &text(probe)]).json();
    signed["key_id"].as_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs root: make test"]
fn a_revoked_key_is_refused_told_and_reconciled() {
    let host = Host::new();
    keygen(&host.path("."), "second.key");
    host.write_policy(&["release.key.pub", "second.key.pub"], 1, &["tracing"]);
    for key in ["release.key.pub", "second.key.pub"] {
        host.give_roles(key, &["build", "trust"]);
    }
    let package = host.package();
    host.load(&package).ok();
    assert!(host.bpfsign(&["reconcile"]).ok().contains("still trusted"));
    let id = key_id(&host, "release.key");
    let revoke = format!("revoked-keys = [\"{id}\"]");
    let stranger = keygen(&host.path("."), "stranger.key");
    assert!(stranger.exists());
    apply(&host, &update(&host, 1, &revoke, &[])).refused(4, "signed by 0 of the 1");
    apply(&host, &update(&host, 1, &revoke, &["stranger.key"])).refused(4, "signed by 0 of the 1");
    let first = update(&host, 1, &revoke, &["second.key"]);
    apply(&host, &first).ok();
    apply(&host, &first).refused(4, "trust update 1 is not newer than 1");
    host.load(&package).refused(4, &format!("revoked: key {id}"));
    let status = host.bpfsign(&["status", "--json", NAME]).json();
    assert_eq!(status["refused"][NAME], "revoked", "{status}");
    let live = host.bpfsign(&["audit", "live", "--json"]).json();
    let refused = live["problems"].as_array().unwrap().iter().any(|p| p["code"] == "revoked");
    assert!(refused, "{live}");
    let done = host.bpfsign(&["reconcile", "--json"]).json();
    assert_eq!(done["unloaded"], serde_json::json!([{ "name": NAME, "code": "revoked" }]));
    assert!(!host.current(NAME).exists());
    // It cannot sign itself back in, and nothing that was revoked comes back.
    apply(&host, &update(&host, 2, "", &["release.key"])).refused(4, "revoked");
    apply(&host, &update(&host, 3, "", &["second.key"])).ok();
    host.load(&package).refused(4, "revoked");
    apply(&host, &update(&host, 2, "", &["second.key"])).refused(4, "2 is not newer than 3");
    let shown = host.bpfsign(&["trust", "show"]).ok();
    assert!(
        shown.contains("trust update 3") && shown.contains(&format!("revoked key {id}")),
        "{shown}"
    );
    // The other signer's signature still counts.
    bpfsign(["sign", "--key", &text(host.path("second.key")), &text(&package)]).ok();
    host.load(&package).ok();
    host.bpfsign(&["audit", "verify"]).ok();
}

#[test]
#[ignore = "needs root: make test"]
fn packages_signers_and_certificates_come_and_go() {
    let host = Host::new();
    host.give_roles("release.key.pub", &["build", "trust"]);
    let package = host.package();
    let verified = host.bpfsign(&["verify", "--json", &text(&package)]).json();
    let sm3 = verified["sm3"].as_str().unwrap();
    let revoke = format!("revoked-packages = [\"{sm3}\"]");
    apply(&host, &update(&host, 1, &revoke, &["release.key"])).ok();
    host.load(&package).refused(4, &format!("revoked: package {sm3}"));

    // A new signer, named by an update alone; then it retires.
    keygen(&host.path("."), "new.key");
    let pem = fs::read_to_string(host.path("new.key.pub")).unwrap();
    let signer = format!("[[signer]]\nname = \"new\"\npublic-key = \"\"\"\n{pem}\"\"\"\n");
    let other = host.path("other.bpfpkg");
    let program = common::copy_program(&host.path("src"), "program.toml", "0.1.0", "0.1.1");
    common::signed_package(&program, &other, &host.path("new.key"));
    host.load(&other).refused(4, "signed by 0 of the 1");
    apply(&host, &update(&host, 2, &signer, &["release.key"])).ok();
    host.load(&other).ok();
    apply(&host, &update(&host, 3, "retired = [\"new\"]", &["release.key"])).ok();
    host.load(&other).refused(4, "signed by 0 of the 1");

    // A certificate.
    let (ca, leaf) = (keygen(&host.path("."), "ca.key"), keygen(&host.path("."), "leaf.key"));
    let at = |name: &str| text(host.path(name));
    let cert = |args: &[&str]| bpfsign(["cert"].iter().chain(args)).ok();
    cert(&["root", "--key", &text(&ca), "--subject", "CN=R", "--out", &at("ca.pem")]);
    cert(&["csr", "--key", &text(&leaf), "--subject", "CN=L", "--out", &at("l.csr")]);
    let (csr, out) = (at("l.csr"), at("l.pem"));
    cert(&["issue", "--key", &text(&ca), "--ca", &at("ca.pem"), "--csr", &csr, "--out", &out]);
    host.trust_authority("example", &fs::read_to_string(host.path("ca.pem")).unwrap());
    let certified = host.path("certified.bpfpkg");
    common::built_package(&program, &certified);
    bpfsign(["sign", "--key", &text(&leaf), "--chain", &out, &text(&certified)]).ok();
    host.load(&certified).ok();
    let shown = bpfsign(["cert", "show", "--json", &out]).json();
    let sm3 = shown["certificates"][0]["sm3"].as_str().unwrap();
    let revoke = format!("revoked-certificates = [\"{sm3}\"]");
    apply(&host, &update(&host, 4, &revoke, &["release.key"])).ok();
    host.load(&certified).refused(4, "revoked: certificate of CN=L");
}

#[test]
#[ignore = "needs root: make test"]
fn who_may_sign_updates_and_what_is_refused() {
    let host = Host::new();
    keygen(&host.path("."), "trust.key");
    host.write_policy(&["release.key.pub", "trust.key.pub"], 1, &["tracing"]);
    let update_1 = update(&host, 1, "", &["trust.key", "release.key"]);
    apply(&host, &update_1).refused(4, "its policy names nobody in role `trust`");
    host.give_roles("trust.key.pub", &["trust"]);
    apply(&host, &update(&host, 1, "", &["release.key"])).refused(4, "signed by 0 of the 1");
    apply(&host, &update(&host, 1, "", &["trust.key"])).ok();

    // Not authentic, and not an update.
    let good = update(&host, 2, "", &["trust.key"]);
    let mut bytes = fs::read(&good).unwrap();
    bytes[520] ^= 1;
    let bad = host.path("bad.bpftrust");
    fs::write(&bad, &bytes).unwrap();
    apply(&host, &bad).refused(3, "does not match these bytes");
    fs::write(&bad, "hello").unwrap();
    apply(&host, &bad).refused(3, "cut off");
    apply(&host, &host.package()).refused(3, "a trust update was expected, and this is a package");
    apply(&host, &host.path("none")).refused(1, "No such file");
    let log = host.bpfsign(&["audit", "show", "--json"]).json();
    let codes: Vec<_> =
        log["entries"].as_array().unwrap().iter().filter_map(|e| e["code"].as_str()).collect();
    assert_eq!(
        codes,
        ["no-trust-role", "threshold", "signature-invalid", "truncated", "unknown-entry", "io"]
    );
    let source = host.path("x.toml");
    let build = |content: &str| {
        fs::write(&source, content).unwrap();
        bpfsign(["trust", "build", &text(&source), "-o", &text(host.path("x.bpftrust"))])
    };
    build("trust = 1\nsequence = 0\nissued = \"2026-01-01\"").refused(1, "`sequence` must be");
    build("trust = 1\nsequence = 1\nissued = \"soon\"").refused(1, "`issued` must be a day");
    build("trust = 1\nsequence = 1\nissued = \"2026-01-01\"\nrevoked-keys = [\"x\"]")
        .refused(1, "is no digest");
    build("trust = 1\nsequence = 1\nissued = \"2026-01-01\"\nthreshold = 0").refused(1, "unknown");
    // One of tomorrow would keep everything out until then.
    let far = host.path("far.toml");
    fs::write(&far, "trust = 1\nsequence = 9\nissued = \"2999-01-01\"\n").unwrap();
    let file = host.path("far.bpftrust");
    bpfsign(["trust", "build", &text(&far), "-o", &text(&file)]).ok();
    bpfsign(["trust", "sign", "--key", &text(host.path("trust.key")), &text(&file)]).ok();
    apply(&host, &file).refused(4, "the clock is behind");
    apply(&host, &good).ok();
}

#[test]
#[ignore = "needs root: make test"]
fn a_clock_that_goes_back_is_refused_and_the_floor_never_falls() {
    let host = Host::new();
    let package = host.package();
    host.load(&package).ok();
    let clock = host.path("state/clock");
    let floor = || fs::read_to_string(&clock).unwrap().trim().parse::<u64>().unwrap();
    let first = floor();
    let ahead = first + 100_000;
    fs::write(&clock, format!("{ahead}\n")).unwrap();
    host.load(&package).refused(4, "the clock is behind");
    assert_eq!(floor(), ahead);
    fs::write(&clock, format!("{}\n", first - 100_000)).unwrap();
    host.load(&package).ok();
    assert!(floor() >= first);
}

/// Killed at any of its system calls, `trust apply` has applied the update or
/// not, and the next run applies it.
#[test]
#[ignore = "needs root: make test"]
fn an_apply_killed_anywhere_leaves_one_state_or_the_other() {
    let host = Host::new();
    host.give_roles("release.key.pub", &["build", "trust"]);
    apply(&host, &update(&host, 1, "retired = [\"a\"]", &["release.key"])).ok();
    let second = update(&host, 2, "retired = [\"b\"]", &["release.key"]);
    let applied = || {
        let kept = fs::read_dir(host.path("state/trust")).unwrap().map(|e| e.unwrap().path());
        let mut kept: Vec<PathBuf> = kept.filter(|p| p.extension().is_some()).collect();
        kept.retain(|p| !p.file_name().unwrap().to_str().unwrap().starts_with('.'));
        kept.sort();
        kept
    };
    let contents = || applied().iter().map(|p| fs::read(p).unwrap()).collect::<Vec<_>>();
    let before = contents();
    let (trace, apply_it) = (host.path("calls"), ["trust", "apply", &text(&second)]);
    host.strace(&["-qq", "-o", &text(&trace)], &apply_it).ok();
    let after = contents();
    assert_eq!((before.len(), after.len()), (1, 2));
    let entries = || -> u64 {
        let verified = host.bpfsign(&["audit", "verify", "--json"]);
        let json: Value = verified.json();
        json["entries"].as_u64().unwrap_or_else(|| panic!("{json}"))
    };
    let (mut killed, mut logged) = (0, entries());
    for (call, times) in calls_in(&trace) {
        for nth in 1..=times {
            applied().iter().skip(1).for_each(|newer| fs::remove_file(newer).unwrap());
            let inject = format!("inject={call}:signal=KILL:when={nth}");
            let options = ["-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject];
            let ran = host.strace(&options, &apply_it);
            killed += usize::from(ran.exit() != 0);
            let now = contents();
            assert!(now == before || now == after, "{call} {nth}");
            assert!(entries() >= logged, "{call} {nth}");
            let again = apply(&host, &second);
            assert!(again.exit() == 0 || now == after, "{call} {nth}: {}", again.stderr());
            assert!(contents() == after, "{call} {nth}");
            logged = entries();
        }
    }
    assert!(killed > 100, "{killed}");
}
