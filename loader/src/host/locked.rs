// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A host that nobody else changes.

use std::{fs::File, ops::Deref};

use super::Host;
use crate::Result;

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
    /// What the checks find; [`crate::Reason::Busy`]; [`crate::Reason::Io`].
    pub fn lock(self, group: Option<&str>) -> Result<LockedHost> {
        let group = self.check(group)?;
        let lock = self.take_lock()?;
        self.sweep()?;
        Ok(LockedHost { host: self, group, _lock: lock })
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
