// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Packages that come from a registry or a repository: none that is older than what came, or
//! was loaded, before.

use crate::{Error, LockedHost, Reason, Result, Verified, state::Sequences};

/// A release that may be received; what is to be remembered of it.
#[derive(Debug)]
pub struct Received {
    name: String,
    sequence: u64,
}

impl Verified {
    /// Refuses a release that is older than one that was received or loaded here, and a clock
    /// that is behind. An exception of the policy is for loading; there is none here.
    ///
    /// # Errors
    /// [`Reason::RolledBack`], [`Reason::ClockBehind`], [`Reason::DamagedState`].
    pub fn receive(&self, host: &LockedHost) -> Result<Received> {
        let loaded = host.highest_sequence(self.name())?;
        let received = host.highest(Sequences::Received, self.name())?;
        let (sequence, seen) = (self.sequence(), loaded.max(received));
        if sequence < seen {
            return Err(Error::new(self.path(), Reason::RolledBack { sequence, seen }));
        }
        host.check_clock()?;
        Ok(Received { name: self.name().to_owned(), sequence })
    }
}

impl Received {
    /// Remembers that this release was received. What is loaded stays as it is.
    ///
    /// # Errors
    /// [`Reason::Io`], [`Reason::DamagedState`].
    pub fn remember(&self, host: &LockedHost) -> Result<()> {
        host.raise(Sequences::Received, &self.name, self.sequence)?;
        host.raise_clock(0)
    }
}
