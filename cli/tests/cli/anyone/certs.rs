// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Our certificates in OpenSSL.

use crate::common::{
    bpfsign,
    certs::{Ca, ID},
    keygen, scratch,
};

#[test]
fn openssl_accepts_what_we_issue() {
    let dir = scratch();
    let ca = Ca(dir.path().to_owned());
    for name in ["ca.key", "leaf.key"] {
        keygen(dir.path(), name);
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
