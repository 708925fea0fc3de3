// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A host whose memory nobody else changes.

use std::{
    fs::{DirBuilder, File},
    ops::Deref,
    os::unix::fs::DirBuilderExt,
};

use super::{Host, lock::take_lock};
use crate::{At, Reason, Result};

/// A host of which no other bpfsign changes, meanwhile, what it remembers and whom it
/// trusts. What decides (the policy, the highest sequences, the clock) is read from it only.
#[derive(Debug)]
pub struct LockedHost {
    host: Host,
    // Released when the file is closed, also when the process is killed.
    _lock: File,
}

impl Host {
    /// Takes the lock of the state directory, which is made if there is none.
    ///
    /// # Errors
    /// [`Reason::Busy`] while another process has it, for as long as [`Host::wait`] allows;
    /// [`Reason::Io`].
    pub fn lock(self) -> Result<LockedHost> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.state_dir).at(&self.state_dir)?;
        let lock = take_lock(self.state_dir.join(".lock"), self.wait, self.busy())?;
        Ok(LockedHost { host: self, _lock: lock })
    }

    /// Why the host cannot be locked.
    pub fn busy(&self) -> Reason {
        Reason::Busy { waited: self.wait.most.as_secs() }
    }
}

impl Deref for LockedHost {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}
