// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates: ours in OpenSSL, OpenSSL's with us, and a package that both
//! kinds signed. Needs root.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::{Host, bpfsign, keygen, run, text};

const ID: &str = "distid:1234567812345678";

/// Commands in a directory of the test's own.
struct Ca<'h>(&'h Host);

impl Ca<'_> {
    fn path(&self, name: &str) -> String {
        text(self.0.path(name))
    }

    fn openssl(&self, args: &[&str]) -> String {
        // Names of files are those of the directory.
        let args = args.iter().map(|a| match a.strip_prefix('@') {
            Some(name) => self.path(name),
            None => (*a).to_owned(),
        });
        run("openssl", args)
    }

    fn cert(&self, args: &[&str]) -> common::Ran {
        let args = args.iter().map(|a| match a.strip_prefix('@') {
            Some(name) => self.path(name),
            None => (*a).to_owned(),
        });
        bpfsign(["cert".to_owned()].into_iter().chain(args))
    }

    /// An authority made by OpenSSL, and a signer's certificate by it.
    fn by_openssl(&self, extensions: &str) {
        fs::write(self.path("ext.cnf"), extensions).unwrap();
        self.openssl(&["genpkey", "-algorithm", "SM2", "-out", "@ca.key"]);
        self.openssl(&[
            "req",
            "-x509",
            "-new",
            "-key",
            "@ca.key",
            "-sm3",
            "-sigopt",
            ID,
            "-subj",
            "/CN=Root",
            "-days",
            "30",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
            "-out",
            "@ca.pem",
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            "@leaf.csr",
            "-vfyopt",
            ID,
            "-CA",
            "@ca.pem",
            "-CAkey",
            "@ca.key",
            "-CAcreateserial",
            "-sm3",
            "-sigopt",
            ID,
            "-days",
            "30",
            "-extfile",
            "@ext.cnf",
            "-out",
            "@leaf.pem",
        ]);
    }
}

const SIGNER: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
                      extendedKeyUsage=codeSigning\n";

#[test]
fn openssl_accepts_what_we_issue() {
    let host = Host::new();
    let ca = Ca(&host);
    for name in ["ca.key", "leaf.key"] {
        keygen(&host.path("."), name);
    }
    ca.cert(&["root", "--key", "@ca.key", "--subject", "CN=Root,O=Example", "--out", "@ca.pem"])
        .ok();
    ca.cert(&["csr", "--key", "@leaf.key", "--subject", "CN=signer", "--out", "@leaf.csr"]).ok();
    let verified = ca.openssl(&["req", "-in", "@leaf.csr", "-noout", "-verify", "-vfyopt", ID]);
    assert!(!verified.contains("failure"), "{verified}");
    let issue = ["issue", "--key", "@ca.key", "--ca", "@ca.pem", "--csr", "@leaf.csr"];
    ca.cert(&[&issue[..], &["--out", "@leaf.pem"]].concat()).ok();
    let said = ca.openssl(&["verify", "-vfyopt", ID, "-CAfile", "@ca.pem", "@leaf.pem"]);
    assert!(said.ends_with("leaf.pem: OK\n"), "{said}");
    let shown = ca.openssl(&["x509", "-in", "@leaf.pem", "-noout", "-text"]);
    for line in
        ["Signature Algorithm: SM2-with-SM3", "CA:FALSE", "Digital Signature", "Code Signing"]
    {
        assert!(shown.contains(line), "want {line:?} in {shown}");
    }
    let ours = bpfsign(["cert", "show", "--json", &ca.path("leaf.pem")]).json();
    assert_eq!(ours["certificates"][0]["subject"], "CN=signer");
    assert_eq!(ours["certificates"][0]["kind"], "signer");
    // Nothing is written over, and a key of another is not taken.
    ca.cert(&[&issue[..], &["--out", "@leaf.pem"]].concat()).refused(1, "File exists");
    let wrong = ["issue", "--key", "@leaf.key", "--ca", "@ca.pem", "--csr", "@leaf.csr"];
    ca.cert(&[&wrong[..], &["--out", "@x.pem"]].concat()).refused(1, "is not of the key");
    let not_ca = ["issue", "--key", "@leaf.key", "--ca", "@leaf.pem", "--csr", "@leaf.csr"];
    ca.cert(&[&not_ca[..], &["--out", "@x.pem"]].concat()).refused(1, "is not an authority's");
    ca.cert(&["csr", "--key", "@leaf.key", "--subject", "x", "--out", "@y"]).refused(2, "subject");
}

#[test]
fn a_package_signed_with_openssls_certificate_and_a_pinned_key_loads() {
    let host = Host::new();
    let ca = Ca(&host);
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
fn certificates_that_openssl_made_for_something_else_are_refused() {
    for (extensions, exit, message) in [
        (SIGNER.replace("codeSigning", "serverAuth"), 4, "not for code signing"),
        (SIGNER.replace("digitalSignature", "keyEncipherment"), 4, "may not be used for this"),
        (SIGNER.replace("CA:FALSE", "CA:TRUE"), 4, "certificate is an authority's"),
        (format!("{SIGNER}1.2.3.4=critical,DER:0500\n"), 3, "critical extension 1.2.3.4"),
    ] {
        let host = Host::new();
        let ca = Ca(&host);
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
