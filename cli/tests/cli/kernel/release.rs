// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A release through the stages of the pipelines, with a token, a registry and a booted
//! kernel.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use bpfsign_doubles::{LABEL, MECHANISM, PIN};

use crate::common::{
    self, Ran, double_of_a_token, keygen, matrix::prepared, program_dir, registry::Registry,
    release_script, roots_scratch, run, text,
};

#[test]
#[ignore = "needs what make test prepares"]
fn a_release_goes_from_source_to_a_registry() {
    let dir = roots_scratch();
    let registry = Registry::start(dir.path(), "");
    let at = |name: &str| text(dir.path().join(name));
    let review = text(keygen(dir.path(), "review.key"));
    let token = text(keygen(dir.path(), "token"));
    fs::write(at("pin"), PIN).unwrap();
    fs::set_permissions(at("pin"), fs::Permissions::from_mode(0o600)).unwrap();
    let kernels = text(prepared("BPFSIGN_KERNELS"));
    let signer = format!(
        "--signer pkcs11:{},{LABEL},{MECHANISM:#x} --public {} --passphrase-file {}",
        double_of_a_token(),
        format_args!("{token}.pub"),
        at("pin")
    );
    let path = format!("{}:{}", installed(dir.path()), std::env::var("PATH").unwrap());
    let settings = [
        ("PROGRAMS", text(program_dir())),
        ("OUT", at("out")),
        ("TARGETS", "generic kylin-v10-5.10".to_owned()),
        ("KERNELS", format!("{kernels}/6.1/vmlinuz")),
        ("TRUST", format!("{token}.pub {review}.pub")),
        ("REPOSITORY", format!("{}/probes", registry.address)),
        ("INDEX", "stable".to_owned()),
        ("BPFSIGN_DOUBLE_KEY", token.clone()),
        ("PATH", path),
    ];
    run("git", ["init", "-q", &text(dir.path())]);
    fs::write(at(".gitignore"), "*\n").unwrap();
    let stage = |name: &str, signer: &str| {
        let mut command = Command::new(release_script());
        command.arg(name).current_dir(dir.path()).envs(settings.iter().map(|(k, v)| (k, v)));
        Ran(command.env("SIGNER", signer).output().unwrap())
    };
    stage("build", "").ok();
    stage("check", "").ok();
    assert!(stage("vmtest", "").ok().contains("passed"));
    stage("sign", &signer).ok();
    // One of two: not enough to publish.
    assert_eq!(stage("push", "").exit(), 4);
    stage("review", &format!("--key {review}")).ok();
    assert!(stage("verify", "").ok().contains("provenance https://slsa.dev/provenance/v1"));
    stage("push", "").ok();
    stage("index", &signer).ok();
    let listed = common::bpfsign(["tags", &format!("{}/probes/sched-latency", registry.address)]);
    assert_eq!(listed.ok(), "0.1.0\n");
    let trust = format!("{token}.pub");
    common::bpfsign(["repo", "verify", "--trust", &trust, &at("out")]).ok();
    // The reviewer does not sign what is not from the source.
    let other = common::copy_program(&dir.path().join("o"), "program.toml", "wait for", "want");
    let mut command = Command::new(release_script());
    command.arg("review").current_dir(dir.path()).envs(settings.iter().map(|(k, v)| (k, v)));
    command.env("SIGNER", format!("--key {review}"));
    let ran = Ran(command.env("PROGRAMS", text(other)).output().unwrap());
    assert_eq!(ran.exit(), 3);
    assert!(ran.stdout().contains("source/program.toml differs"), "{}", ran.stdout());
}

/// bpfsign with the programs that vmtest boots, as installed; the directory for PATH.
fn installed(to: &Path) -> String {
    let (bin, guest) = (to.join("usr/bin"), to.join("usr/lib/bpfsign/guest"));
    [&bin, &guest].into_iter().for_each(|d| fs::create_dir_all(d).unwrap());
    fs::copy(env!("CARGO_BIN_EXE_bpfsign"), bin.join("bpfsign")).unwrap();
    for program in ["bpfsign", "bpfsign-guest"] {
        let from = prepared("BPFSIGN_GUEST").join(program);
        fs::copy(from, guest.join(program)).unwrap();
    }
    text(bin)
}
