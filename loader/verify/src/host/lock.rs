// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One change at a time.

use std::{
    fs::{File, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{At, Error, Reason, Result};

/// How often a lock is tried that another process has.
const PAUSE: Duration = Duration::from_millis(20);

/// How long to wait for another bpfsign to be done.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    /// The most time.
    pub most: Duration,
    /// Called once, with the lock's file, when there is something to wait for.
    pub say: fn(&Path),
}

impl Wait {
    /// Thirty seconds, in silence.
    pub const SILENT: Self = Self { most: Duration::from_secs(30), say: |_| {} };
    /// Not at all.
    pub const NONE: Self = Self { most: Duration::ZERO, say: |_| {} };
}

/// Locks a file, made if there is none, until it is closed, also by being killed.
///
/// # Errors
/// `taken` while another process has it locked, for as long as `wait` allows;
/// [`Reason::Io`].
pub fn take_lock(path: PathBuf, wait: Wait, taken: Reason) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        // Whoever can open it can hold it, and keep root out.
        .mode(0o600)
        .open(&path)
        .at(&path)?;
    let start = Instant::now();
    let mut said = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(Error::new(path, error)),
            Err(TryLockError::WouldBlock) if start.elapsed() >= wait.most => {
                return Err(Error::new(path, taken));
            }
            Err(TryLockError::WouldBlock) => {}
        }
        if !said {
            (wait.say)(&path);
            said = true;
        }
        thread::sleep(PAUSE);
    }
}
