// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Directories of a test's own, and which tests run beside others.
//!
//! All tests run in one process, several at a time. A few measure time, or look at all
//! that the kernel holds and counts, and fail when other tests load programs meanwhile:
//! they call [`alone`] before anything else, and wait until no other test runs. Every test
//! that does something has a scratch directory; as long as there is one, no test is alone.

use std::{
    cell::Cell,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// Read by tests that run beside others, written by one that runs alone.
static ALONE: RwLock<()> = RwLock::new(());

thread_local! {
    /// Whether this thread's test has its part of the lock, which it must not ask for twice.
    static HAS_LOCK: Cell<bool> = const { Cell::new(false) };
}

/// What keeps other tests away.
pub struct Alone(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'static, ()>);

/// Waits until no other test runs, and lets none begin until this is dropped.
pub fn alone() -> Alone {
    assert!(!HAS_LOCK.replace(true), "a test is alone from its beginning");
    Alone(ALONE.write().unwrap_or_else(PoisonError::into_inner))
}

impl Drop for Alone {
    fn drop(&mut self) {
        HAS_LOCK.set(false);
    }
}

/// What keeps tests away that must be alone; the first that a test makes.
struct Together(#[expect(dead_code, reason = "held")] RwLockReadGuard<'static, ()>);

impl Together {
    fn first() -> Option<Self> {
        let first = !HAS_LOCK.replace(true);
        first.then(|| Self(ALONE.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        HAS_LOCK.set(false);
    }
}

/// A directory that goes when this is dropped.
pub struct Scratch {
    dir: tempfile::TempDir,
    _together: Option<Together>,
}

impl Scratch {
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// A scratch directory, where temporary files go.
pub fn scratch() -> Scratch {
    scratch_in(&std::env::temp_dir())
}

/// A scratch directory that only root writes, as a policy's must be.
pub fn roots_scratch() -> Scratch {
    scratch_in(Path::new("/run"))
}

fn scratch_in(parent: &Path) -> Scratch {
    let together = Together::first();
    let dir = tempfile::Builder::new().prefix("bpfsign-test-").tempdir_in(parent).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    Scratch { dir, _together: together }
}
