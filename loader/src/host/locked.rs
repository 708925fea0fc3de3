// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A host that nobody else changes.

use std::ops::Deref;

use super::{
    Host,
    order::{Change, Lock},
};
use crate::Result;

/// A host that passed its checks and that no other bpfsign changes meanwhile.
#[derive(Debug)]
pub struct LockedHost {
    host: Host,
    group: u32,
    lock: Lock,
}

impl Host {
    /// Checks the host, takes its lock, and clears away what an interrupted
    /// run left, if the last run was. `group` is the agents' group; taking a package away needs
    /// none.
    ///
    /// # Errors
    /// What the checks find; [`crate::Reason::Busy`]; [`crate::Reason::Io`].
    pub fn lock(self, group: Option<&str>) -> Result<LockedHost> {
        let group = self.check(group)?;
        let lock = self.take_lock()?;
        if !lock.is_in_order() {
            self.sweep()?;
            lock.is_swept();
        }
        Ok(LockedHost { host: self, group, lock })
    }
}

impl LockedHost {
    /// The agents' group.
    pub(crate) fn group(&self) -> u32 {
        self.group
    }

    /// To be called before packages are changed.
    pub(crate) fn begin(&self) -> Result<Change<'_>> {
        self.lock.begin(&self.host)
    }
}

impl Deref for LockedHost {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}
