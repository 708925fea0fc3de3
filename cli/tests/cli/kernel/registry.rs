// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Packages through a real registry, by bpfsign and by skopeo.

use std::{fs, path::Path, process::Command};

use crate::common::{
    Host, Ran, bpfsign, copy_program, registry::PASSWORDS, registry::Registry, run, signed_package,
    text,
};

fn skopeo(args: &[&str]) {
    run("skopeo", ["--insecure-policy"].iter().chain(args));
}

/// Pushed, listed, copied by skopeo, pulled by tag and by digest, loaded.
#[test]
#[ignore = "needs what make test prepares"]
fn a_package_goes_through_a_registry() {
    let host = Host::new();
    let registry = Registry::start(&host.path(""), "");
    let package = host.package();
    let reference = format!("{}/probes/sched-latency:0.1.0", registry.address);
    let pushed = bpfsign(["push", "--json", &text(&package), &reference]).json();
    let digest = pushed["digest"].as_str().unwrap().to_owned();
    assert_eq!(pushed["signatures"], 1);
    // Once more, and under another tag: the same digest.
    let again = bpfsign(["push", "--json", &text(&package), &reference]).json();
    assert_eq!(again["digest"], digest);
    skopeo(&[
        "copy",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        &format!("docker://{reference}"),
        &format!("docker://{}/copied/it:stable", registry.address),
    ]);
    let copied = format!("{}/copied/it", registry.address);
    assert_eq!(bpfsign(["tags", &copied]).ok(), "stable\n");

    let pull = |reference: &str, to: &str| {
        let ran = host.bpfsign(&["pull", "--json", "-o", &text(host.path(to)), reference]);
        let said = ran.json();
        assert_eq!(ran.exit(), 0, "{said}");
        assert_eq!(
            (&said["name"], &said["digest"]),
            (&"sched-latency".into(), &digest.clone().into())
        );
        assert_eq!(fs::read(host.path(to)).unwrap(), fs::read(&package).unwrap());
    };
    pull(&format!("{copied}:stable"), "by-tag.bpfpkg");
    pull(&format!("{copied}@{digest}"), "by-digest.bpfpkg");
    // Quiet when nobody looks.
    let ran = host.bpfsign(&["pull", "-o", &text(host.path("by-tag.bpfpkg")), &reference]);
    assert_eq!((ran.exit(), ran.stderr()), (0, String::new()));

    for layout in ["dir", "oci"] {
        let to = host.path(layout);
        let source = format!("docker://{copied}:stable");
        skopeo(&["copy", "--src-tls-verify=false", &source, &format!("{layout}:{}", text(&to))]);
        host.load(&to).ok();
        assert!(fs::read_to_string(host.current("sched-latency").join("metrics")).is_ok());
        host.bpfsign(&["unload", "sched-latency"]).ok();
    }
}

/// A directory that holds something else, or a package that was changed there.
#[test]
#[ignore = "needs what make test prepares"]
fn a_copied_directory_is_not_trusted() {
    let host = Host::new();
    let registry = Registry::start(&host.path(""), "");
    let reference = format!("{}/p:1", registry.address);
    bpfsign(["push", &text(host.package()), &reference]).ok();
    let to = host.path("copy");
    let copy = format!("dir:{}", text(&to));
    skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{reference}"), &copy]);
    let manifest = fs::read_to_string(to.join("manifest.json")).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let blob = parsed["layers"][0]["digest"].as_str().unwrap().trim_start_matches("sha256:");
    let mut bytes = fs::read(to.join(blob)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(to.join(blob), bytes).unwrap();
    let before = host.effects();
    assert_eq!(host.load(&to).exit(), 3);
    for (changed, message) in [
        (manifest.replace(blob, &"../".repeat(21)), "its layer's digest is not sha256"),
        (manifest.replace("+tar", "+zip"), "its layer is of type"),
        ("{".to_owned(), "its manifest is not that of an OCI artifact"),
    ] {
        fs::write(to.join("manifest.json"), changed).unwrap();
        host.load(&to).refused(3, message);
    }
    fs::remove_file(to.join("manifest.json")).unwrap();
    host.load(&to).refused(3, "not a regular file");
    assert_eq!(host.effects(), before);
}

/// A registry with TLS by an authority of one's own, and with passwords.
#[test]
#[ignore = "needs what make test prepares"]
fn credentials_and_certificates_are_those_of_the_user() {
    let host = Host::new();
    let authority = certificates(&host.path(""));
    fs::write(host.path("passwords"), PASSWORDS).unwrap();
    let more = format!(
        "  tls:\n    certificate: {}\n    key: {}\nauth:\n  htpasswd:\n    realm: test\n    path: {}\n",
        text(host.path("tls.pem")),
        text(host.path("tls.key")),
        text(host.path("passwords"))
    );
    let registry = Registry::start(&host.path(""), &more);
    let reference = format!("{}/p:1", registry.address);
    let package = text(host.package());
    let config = host.path("docker");
    fs::create_dir(&config).unwrap();
    let bpfsign = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bpfsign"));
        Ran(command.args(args).env("DOCKER_CONFIG", &config).output().unwrap())
    };
    // Nobody vouches for the certificate.
    let other = certificates(&host.path("docker"));
    bpfsign(&["push", "--ca", &other, &package, &reference]).refused(1, "cannot be reached");
    let refused = bpfsign(&["push", "--ca", &authority, &package, &reference]);
    assert_eq!(refused.exit(), 1, "{}", refused.stderr());
    let log_in = |secret: &str| {
        // "agent:secret", as docker's configuration has it.
        let auths = format!("{{\"auths\":{{\"{}\":{{\"auth\":\"{secret}\"}}}}}}", registry.address);
        fs::write(config.join("config.json"), auths).unwrap();
    };
    log_in("YWdlbnQ6d3Jvbmc=");
    let wrong = bpfsign(&["tags", "--ca", &authority, &reference]);
    wrong.refused(1, "denies access");
    assert!(!wrong.stderr().contains("wrong"), "{}", wrong.stderr());
    log_in("YWdlbnQ6c2VjcmV0");
    bpfsign(&["push", "--ca", &authority, &package, &reference]).ok();
    assert_eq!(bpfsign(&["tags", "--ca", &authority, &reference]).ok(), "1\n");
    let trust = text(host.path("release.key.pub"));
    let (state, to) = (text(host.path("state")), text(host.path("pulled.bpfpkg")));
    let pull = ["pull", "--ca", &authority, "--trust", &trust, "--state-dir", &state, "-o", &to];
    bpfsign(&[&pull[..], &[&reference]].concat()).ok();
    assert_eq!(fs::read(to).unwrap(), fs::read(package).unwrap());
}

/// An authority and a certificate for loopback; the authority's file.
fn certificates(directory: &Path) -> String {
    let path = |name: &str| text(directory.join(name));
    let (authority, key) = (path("ca.pem"), path("ca.key"));
    let new = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
    let args = ["req", "-x509", "-subj", "/CN=test", "-keyout", &key, "-out", &authority];
    run("openssl", args.iter().chain(&new));
    let request = ["req", "-subj", "/CN=x", "-keyout", &path("tls.key"), "-out", &path("tls.csr")];
    run("openssl", request.iter().chain(&new[..3]));
    fs::write(directory.join("ext"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    run(
        "openssl",
        [
            "x509",
            "-req",
            "-in",
            &path("tls.csr"),
            "-CA",
            &authority,
            "-CAkey",
            &key,
            "-days",
            "2",
            "-extfile",
            &path("ext"),
            "-out",
            &path("tls.pem"),
        ],
    );
    authority
}

/// An older release under a tag is refused, by what was pulled and by what was loaded.
#[test]
#[ignore = "needs what make test prepares"]
fn a_registry_cannot_roll_back() {
    let host = Host::new();
    let registry = Registry::start(&host.path(""), "");
    let reference = format!("{}/p:stable", registry.address);
    let old = host.package();
    let source = copy_program(&host.path("newer"), "program.toml", "sequence = 1", "sequence = 2");
    let new = signed_package(&source, &host.path("newer.bpfpkg"), &host.key());
    let push = |package: &Path| bpfsign(["push", &text(package), &reference]).ok();
    let pull = |to: &str| host.bpfsign(&["pull", "-o", &text(host.path(to)), &reference]);
    push(&new);
    pull("a.bpfpkg").ok();
    push(&old);
    pull("b.bpfpkg").refused(4, "sequence 1, but 2 was");
    assert!(!host.path("b.bpfpkg").exists());
    // What was pulled does not keep the older from being loaded: that is the policy's.
    host.load(&old).ok();
    fs::remove_dir_all(host.path("state/received")).unwrap();
    pull("c.bpfpkg").ok();
    host.load(&new).ok();
    pull("d.bpfpkg").refused(4, "sequence 1, but 2 was");
    // Another file is never written over.
    push(&new);
    pull("c.bpfpkg").refused(1, "exists");
    host.bpfsign(&["unload", "sched-latency"]).ok();
}
