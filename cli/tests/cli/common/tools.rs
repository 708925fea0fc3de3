// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs of this machine for a kernel that is booted.

use std::{collections::BTreeSet, fs};

use bpfsign_packaging::Initramfs;

use super::run;

/// What sets up networks and disks, with the libraries that each needs.
pub fn tools(initramfs: &mut Initramfs) {
    let mut files = BTreeSet::new();
    for tool in ["ip", "tc", "losetup"] {
        let path = run("sh", ["-c", &format!("command -v {tool}")]).trim().to_owned();
        // Those of the system: cargo names libraries of its own for the tests.
        let libraries = run("env", ["-u", "LD_LIBRARY_PATH", "ldd", &path]);
        let words = libraries.split_whitespace().filter(|w| w.starts_with('/'));
        files.extend(words.map(|w| (w.to_owned(), w.to_owned())));
        files.insert((path, format!("/bin/{tool}")));
    }
    for (from, to) in files {
        initramfs.file(to.trim_start_matches('/'), 0o755, &fs::read(from).unwrap());
    }
}
