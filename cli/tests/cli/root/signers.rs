// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signers of different kinds on one host.

use std::{fs, os::unix::fs::PermissionsExt};

use bpfsign_doubles::{INDEX, PIN};

use crate::common::{
    Host, Ran, bpfsign, built_package, double_of_a_token, keygen, program_dir, run, text,
};

/// One key in a file, one in a token, one certified by OpenSSL: two of three are
/// enough, and each pair loads.
#[test]
#[ignore = "needs root: make test"]
fn two_of_three_of_different_kinds_load() {
    let host = Host::new();
    let at = |name: &str| text(host.path(name));
    for name in ["token", "leaf"] {
        keygen(&host.path("."), name);
    }
    fs::write(host.path("pin"), PIN).unwrap();
    fs::set_permissions(host.path("pin"), fs::Permissions::from_mode(0o600)).unwrap();
    const ID: &str = "distid:1234567812345678";
    run("openssl", ["genpkey", "-algorithm", "SM2", "-out", &at("ca.key")]);
    let ca = ["-key", &at("ca.key"), "-sm3", "-sigopt", ID, "-subj", "/CN=R", "-days", "9"];
    let usage = ["-addext", "keyUsage=critical,keyCertSign", "-out", &at("ca.pem")];
    run("openssl", ["req", "-x509", "-new"].iter().chain(&ca).chain(&usage));
    let csr = ["cert", "csr", "--key", &at("leaf"), "--subject", "CN=L", "--out", &at("l.csr")];
    bpfsign(csr).ok();
    let extensions = "keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n";
    fs::write(host.path("ext"), extensions).unwrap();
    let issue = ["x509", "-req", "-in", &at("l.csr"), "-vfyopt", ID, "-CA", &at("ca.pem")];
    let more = ["-CAkey", &at("ca.key"), "-CAcreateserial", "-sm3", "-sigopt", ID, "-days", "9"];
    let files = ["-extfile", &at("ext"), "-out", &at("l.pem")];
    run("openssl", issue.iter().chain(&more).chain(&files));

    host.write_policy(&["release.key.pub", "token.pub"], 2, &["tracing"]);
    host.trust_authority("example", &fs::read_to_string(host.path("ca.pem")).unwrap());
    let package = host.path("p.bpfpkg");
    let by = |kind: &str| {
        let device = format!("sdf:{},{INDEX}", double_of_a_token());
        let (key, leaf, chain) = (text(host.key()), at("leaf"), at("l.pem"));
        let (public, pin, package) = (at("token.pub"), at("pin"), text(&package));
        let args: Vec<&str> = match kind {
            "file" => vec!["--key", &key],
            "token" => {
                vec!["--signer", &device, "--public", &public, "--passphrase-file", &pin]
            }
            _ => vec!["--key", &leaf, "--chain", &chain],
        };
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bpfsign"));
        command.arg("sign").args(args).arg(package).env("BPFSIGN_DOUBLE_KEY", at("token"));
        Ran(command.output().unwrap()).ok();
    };
    for pair in [["file", "token"], ["token", "certificate"], ["certificate", "file"]] {
        built_package(&program_dir(), &package);
        by(pair[0]);
        host.load(&package).refused(4, "signed by 1 of the 2 trusted keys");
        by(pair[1]);
        host.load(&package).ok();
    }
}
