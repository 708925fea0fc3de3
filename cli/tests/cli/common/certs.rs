// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates by OpenSSL and by `bpfsign cert`.

use std::{fs, path::PathBuf};

use super::{Ran, bpfsign, run, text};

/// The identifier of GM/T 0009, as OpenSSL takes it.
pub const ID: &str = "distid:1234567812345678";

/// Commands in this directory of the test's own.
pub struct Ca(pub PathBuf);

impl Ca {
    pub fn path(&self, name: &str) -> String {
        text(self.0.join(name))
    }

    pub fn openssl(&self, args: &[&str]) -> String {
        // Names of files are those of the directory.
        let args = args.iter().map(|a| match a.strip_prefix('@') {
            Some(name) => self.path(name),
            None => (*a).to_owned(),
        });
        run("openssl", args)
    }

    pub fn cert(&self, args: &[&str]) -> Ran {
        let args = args.iter().map(|a| match a.strip_prefix('@') {
            Some(name) => self.path(name),
            None => (*a).to_owned(),
        });
        bpfsign(["cert".to_owned()].into_iter().chain(args))
    }

    /// An authority made by OpenSSL, and a signer's certificate by it.
    pub fn by_openssl(&self, extensions: &str) {
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
