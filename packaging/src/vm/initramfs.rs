// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An initramfs: a cpio archive of the `newc` kind
//! (Documentation/driver-api/early-userspace/buffer-format.rst in the kernel).

use std::collections::BTreeSet;

/// A root file system that the kernel unpacks into memory.
#[derive(Debug, Default)]
pub struct Initramfs {
    archive: Vec<u8>,
    directories: BTreeSet<String>,
    files: u32,
}

/// File types of st_mode.
const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;

impl Initramfs {
    /// Adds a file with its permissions, and the directories above it, which
    /// are root's. `path` has no leading slash.
    pub fn file(&mut self, path: &str, mode: u32, content: &[u8]) {
        for (at, _) in path.match_indices('/') {
            self.directory(&path[..at]);
        }
        self.entry(path, REGULAR | mode, content);
    }

    /// Adds a directory.
    pub fn directory(&mut self, path: &str) {
        if self.directories.insert(path.to_owned()) {
            self.entry(path, DIRECTORY | 0o755, &[]);
        }
    }

    /// The archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.archive
    }

    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.files += 1;
        let links = 1;
        let size = content.len() as u32;
        let name = path.len() as u32 + 1;
        // Inode, mode, user, group, links, time, size, four device numbers,
        // length of the name, checksum.
        let fields = [self.files, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name, 0];
        self.archive.extend_from_slice(b"070701");
        for field in fields {
            self.archive.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.archive.extend_from_slice(path.as_bytes());
        self.archive.push(0);
        self.pad();
        self.archive.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        self.archive.resize(self.archive.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        process::{Command, Stdio},
    };

    use super::*;

    #[test]
    fn cpio_reads_what_is_written() {
        let mut initramfs = Initramfs::default();
        initramfs.file("bin/program", 0o755, b"content");
        initramfs.file("bin/other", 0o600, b"");
        initramfs.directory("proc");
        let archive = initramfs.finish();
        let mut child = Command::new("cpio")
            .args(["-t", "-v", "--quiet"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&archive).unwrap();
        let listed = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let lines: Vec<_> = listed.lines().map(|l| l.split_whitespace().collect()).collect();
        let seen: Vec<_> = lines.iter().map(|l: &Vec<&str>| (l[0], *l.last().unwrap())).collect();
        let expected = [
            ("drwxr-xr-x", "bin"),
            ("-rwxr-xr-x", "bin/program"),
            ("-rw-------", "bin/other"),
            ("drwxr-xr-x", "proc"),
        ];
        assert_eq!(seen, expected);
    }
}
