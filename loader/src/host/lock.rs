// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One change at a time.

use std::{
    fs::{DirBuilder, File, TryLockError},
    ops::Deref,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
};

use super::{Host, generation::check_directory};
use crate::{Error, Reason, Result};

/// A host that passed its checks and that no other bpfsign changes meanwhile.
#[derive(Debug)]
pub struct LockedHost {
    host: Host,
    group: u32,
    // Released when the file is closed, also when the process is killed.
    _lock: File,
}

impl Host {
    /// Checks the host, takes its lock, and clears away what an interrupted
    /// run left. `group` is the agents' group; taking a package away needs
    /// none.
    ///
    /// # Errors
    /// What the checks find; [`Reason::Busy`]; [`Reason::Io`].
    pub fn lock(self, group: Option<&str>) -> Result<LockedHost> {
        let group = self.check(group)?;
        let lock = self.take_lock()?;
        self.sweep()?;
        Ok(LockedHost { host: self, group, _lock: lock })
    }

    fn take_lock(&self) -> Result<File> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(&self.run_dir)
            .map_err(Error::io(&self.run_dir))?;
        check_directory(&self.run_dir)?;
        take(self.run_dir.join(".lock"), Reason::Busy)
    }
}

/// Locks a file until it is closed, also by being killed; `taken` is why not.
pub(crate) fn take(path: PathBuf, taken: Reason) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        // Whoever can open it can hold it, and keep root out.
        .mode(0o600)
        .open(&path)
        .map_err(Error::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::new(path, taken)),
        Err(TryLockError::Error(error)) => Err(Error::new(path, Reason::Io(error))),
    }
}

impl LockedHost {
    /// The agents' group.
    pub(crate) fn group(&self) -> u32 {
        self.group
    }
}

impl Deref for LockedHost {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}
