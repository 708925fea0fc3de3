// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether the last run left the host in order: the file of the lock says so.
//!
//! To look through all packages for what an interrupted run left takes longer than a
//! load, where there are many. So a run spoils what the file of the lock says before its
//! first change, and when the last one is made writes there what the directories of the
//! packages are like. Killed in between, it leaves what says nothing, and the next run
//! sweeps. The words also differ after a reboot, and when anything else has added or
//! removed a package's directory; then the next run sweeps as well.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use bpfsign_verify::{At, Host, Result};

/// How long the words are made, in bytes, so that they cover those before.
const LENGTH: usize = 256;

/// The lock of a host. Released when it is dropped, also when the process is killed.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    in_order: AtomicBool,
}

impl Lock {
    /// A lock whose file is locked.
    pub(super) fn new(host: &Host, file: File) -> Self {
        let in_order = says_in_order(host, &file).unwrap_or(false);
        Self { file, in_order: AtomicBool::new(in_order) }
    }

    /// Whether nothing is left that an interrupted run would have to clear away.
    pub(crate) fn is_in_order(&self) -> bool {
        self.in_order.load(Ordering::Relaxed)
    }

    /// To be called when everything was swept.
    pub(super) fn is_swept(&self) {
        self.in_order.store(true, Ordering::Relaxed);
    }

    /// To be called before the host is changed.
    pub(crate) fn begin<'l>(&'l self, host: &'l Host) -> Result<Change<'l>> {
        // Written over and not cut off, which takes a journal much longer.
        self.file.write_all_at(b"-", 0).at(&host.run_dir)?;
        let was_in_order = self.in_order.swap(false, Ordering::Relaxed);
        Ok(Change { lock: self, host, was_in_order })
    }
}

/// A change that is under way. Dropped without [`Change::done`], by an error or with the
/// process, it leaves the host to be swept by the next run.
#[must_use]
#[derive(Debug)]
pub(crate) struct Change<'l> {
    lock: &'l Lock,
    host: &'l Host,
    was_in_order: bool,
}

impl Change<'_> {
    /// The change is made, and nothing of it is left over.
    pub(crate) fn done(self) {
        // What an earlier change left is still there.
        if !self.was_in_order {
            return;
        }
        // Words that are not written whole are no words: then the next run sweeps.
        let written =
            state(self.host).and_then(|text| self.lock.file.write_all_at(text.as_bytes(), 0));
        self.lock.in_order.store(written.is_ok(), Ordering::Relaxed);
    }
}

fn says_in_order(host: &Host, file: &File) -> io::Result<bool> {
    let mut said = [0; LENGTH];
    let length = file.read_at(&mut said, 0)?;
    Ok(said[..length] == *state(host)?.as_bytes())
}

/// What the directories are like in which every package has one.
fn state(host: &Host) -> io::Result<String> {
    let words = format!("in order {} {}", directory(&host.pin_root)?, directory(&host.run_dir)?);
    Ok(format!("{words:<width$}\n", width = LENGTH - 1))
}

/// Differs whenever an entry was added or removed, or another file system is mounted.
fn directory(path: &Path) -> io::Result<String> {
    let m = fs::metadata(path)?;
    Ok(format!("{}:{}:{}.{}", m.dev(), m.ino(), m.mtime(), m.mtime_nsec()))
}
