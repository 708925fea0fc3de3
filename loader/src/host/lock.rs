// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One change at a time.

use std::{
    fs::{DirBuilder, File, TryLockError},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
};

use super::{Host, check::check_directory, order::Lock};
use crate::{Error, Reason, Result};

impl Host {
    /// Takes the lock alone.
    pub(crate) fn take_lock(&self) -> Result<Lock> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(&self.run_dir)
            .map_err(Error::io(&self.run_dir))?;
        check_directory(&self.run_dir)?;
        let file = take(self.run_dir.join(".lock"), Reason::Busy)?;
        Ok(Lock::new(self, file))
    }
}

/// Locks a file until it is closed, also by being killed; `taken` is why not.
pub(crate) fn take(path: PathBuf, taken: Reason) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
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
