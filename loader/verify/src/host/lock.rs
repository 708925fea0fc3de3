// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One change at a time.

use std::{
    fs::{File, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use crate::{At, Error, Reason, Result};

/// Locks a file, made if there is none, until it is closed, also by being killed.
///
/// # Errors
/// `taken` while another process has locked it; [`Reason::Io`].
pub fn take_lock(path: PathBuf, taken: Reason) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        // Whoever can open it can hold it, and keep root out.
        .mode(0o600)
        .open(&path)
        .at(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::new(path, taken)),
        Err(TryLockError::Error(error)) => Err(Error::new(path, error)),
    }
}
