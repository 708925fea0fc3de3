// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A host on which something may be loaded or taken away.

use std::{fs::DirBuilder, ops::Deref, os::unix::fs::DirBuilderExt};

use bpfsign_verify::{At, LockedHost, Result, check_directory, take_lock};

use super::{
    order::{Change, Lock},
    sweep::sweep,
};

/// A locked host that passed its checks, whose pins no other bpfsign changes either, and
/// which holds nothing that an interrupted run left.
#[derive(Debug)]
pub struct ReadyHost<'h> {
    locked: &'h LockedHost,
    group: u32,
    lock: Lock,
}

impl<'h> ReadyHost<'h> {
    /// Checks the host, takes the lock of its run directory, and clears away what an
    /// interrupted run left, if the last run was. `group` is the agents' group; taking a
    /// package away needs none.
    ///
    /// # Errors
    /// `NoPrivilege`, `NotBpffs`, `UnsafeDirectory`, `NoGroup`, `Busy` or `Io` of
    /// [`Reason`](bpfsign_verify::Reason).
    pub fn new(locked: &'h LockedHost, group: Option<&str>) -> Result<Self> {
        let group = locked.check(group)?;
        let run = &locked.run_dir;
        DirBuilder::new().recursive(true).mode(0o755).create(run).at(run)?;
        check_directory(run)?;
        let lock = take_lock(run.join(".lock"), locked.wait, locked.busy())?;
        let lock = Lock::new(locked, lock);
        if !lock.is_in_order() {
            sweep(locked)?;
            lock.is_swept();
        }
        Ok(Self { locked, group, lock })
    }

    /// To be called before packages are changed.
    pub(crate) fn begin(&self) -> Result<Change<'_>> {
        self.lock.begin(self.locked)
    }

    /// The agents' group.
    pub(crate) fn group(&self) -> u32 {
        self.group
    }
}

impl Deref for ReadyHost<'_> {
    type Target = LockedHost;

    fn deref(&self) -> &LockedHost {
        self.locked
    }
}
