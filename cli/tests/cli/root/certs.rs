// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates: ours in OpenSSL, OpenSSL's with us, and a package that both
//! kinds signed.

use std::fs;

use crate::common::{self, Host, bpfsign, certs::Ca, keygen, run, text};

const SIGNER: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
                      extendedKeyUsage=codeSigning\n";

#[test]
#[ignore = "needs root: make test"]
fn a_package_signed_with_openssls_certificate_and_a_pinned_key_loads() {
    let host = Host::new();
    let ca = Ca(host.path(""));
    keygen(&host.path("."), "leaf.key");
    ca.cert(&["csr", "--key", "@leaf.key", "--subject", "CN=signer", "--out", "@leaf.csr"]).ok();
    ca.by_openssl(SIGNER);
    let package = host.package();
    let sign = |chain: &[&str]| {
        let args = ["sign", "--key", &ca.path("leaf.key"), &text(&package)].map(str::to_owned);
        bpfsign(args.into_iter().chain(chain.iter().map(|a| (*a).to_owned())))
    };
    sign(&["--chain", &ca.path("ca.pem")]).refused(1, "not of the signing key");
    sign(&["--chain", &ca.path("leaf.key")]).refused(1, "not PEM with `CERTIFICATE` blocks");
    sign(&["--chain", &ca.path("leaf.pem")]).ok();
    let once = fs::read(&package).unwrap();
    sign(&["--chain", &ca.path("leaf.pem")]).ok();
    assert!(fs::read(&package).unwrap() == once, "signing again changes bytes");
    let listed = run("tar", ["tf", &text(&package)]);
    assert_eq!(listed.matches("signatures/").count(), 3, "{listed}");

    // The certificate alone, then two of both kinds, then none that leads there.
    let root = fs::read_to_string(ca.path("ca.pem")).unwrap();
    host.write_policy(&["release.key.pub"], 1, &["tracing"]);
    host.trust_authority("example", &root);
    let policy = fs::read_to_string(host.path("policy.toml")).unwrap();
    fs::write(host.path("policy.toml"), policy.replace("threshold = 1", "threshold = 2")).unwrap();
    let said = host.load(&package).ok();
    assert!(said.contains("loaded sched-latency"), "{said}");
    let status = host.bpfsign(&["status", "--json", "sched-latency"]).json();
    let names: Vec<_> = status["packages"][0]["signers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(names.contains(&"example: CN=signer".to_owned()), "{names:?}");
    host.write_policy(&["release.key.pub"], 1, &["tracing"]);
    let policy = fs::read_to_string(host.path("policy.toml")).unwrap();
    fs::write(host.path("policy.toml"), policy.replace("threshold = 1", "threshold = 2")).unwrap();
    host.load(&package).refused(5, "threshold 2 of 1");

    // A role that the authority does not give.
    host.write_policy(&["release.key.pub"], 1, &["tracing"]);
    host.trust_authority("example", &root);
    let policy = fs::read_to_string(host.path("policy.toml")).unwrap();
    let policy =
        policy.replace("name = \"example\"\n", "name = \"example\"\npackages = [\"net-*\"]\n");
    let policy = policy.replace("threshold = 1", "threshold = 2");
    fs::write(host.path("policy.toml"), policy).unwrap();
    host.load(&package).refused(4, "example: CN=signer may not sign this package");
}

#[test]
#[ignore = "needs root: make test"]
fn certificates_that_openssl_made_for_something_else_are_refused() {
    for (extensions, exit, message) in [
        (SIGNER.replace("codeSigning", "serverAuth"), 4, "not for code signing"),
        (SIGNER.replace("digitalSignature", "keyEncipherment"), 4, "may not be used for this"),
        (SIGNER.replace("CA:FALSE", "CA:TRUE"), 4, "certificate is an authority's"),
        (format!("{SIGNER}1.2.3.4=critical,DER:0500\n"), 3, "critical extension 1.2.3.4"),
    ] {
        let host = Host::new();
        let ca = Ca(host.path(""));
        keygen(&host.path("."), "leaf.key");
        ca.cert(&["csr", "--key", "@leaf.key", "--subject", "CN=s", "--out", "@leaf.csr"]).ok();
        ca.by_openssl(&extensions);
        let package = host.path("p.bpfpkg");
        common::built_package(&common::program_dir(), &package);
        let (key, leaf) = (ca.path("leaf.key"), ca.path("leaf.pem"));
        let signed = bpfsign(["sign", "--key", &key, "--chain", &leaf, &text(&package)]);
        if exit == 3 {
            signed.refused(1, message);
            continue;
        }
        signed.ok();
        host.trust_authority("example", &fs::read_to_string(ca.path("ca.pem")).unwrap());
        host.load(&package).refused(exit, message);
    }
}
