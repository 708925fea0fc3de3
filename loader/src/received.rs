// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Packages that come from a registry or a repository: none that is older than what came, or
//! was loaded, before.

use crate::{Error, Host, Reason, Result, Verified, state};

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
    pub fn receive(&self, host: &Host) -> Result<Received> {
        let loaded = state::highest_sequence(host, self.name())?;
        let received = state::highest(&host.received(), self.name())?;
        let (sequence, seen) = (self.sequence(), loaded.max(received));
        if sequence < seen {
            return Err(Error::new(&self.path, Reason::RolledBack { sequence, seen }));
        }
        state::check_clock(host)?;
        Ok(Received { name: self.name().to_owned(), sequence })
    }
}

impl Received {
    /// Remembers that this release was received. What is loaded stays as it is.
    ///
    /// # Errors
    /// [`Reason::Io`], [`Reason::DamagedState`].
    pub fn remember(&self, host: &Host) -> Result<()> {
        state::raise(&host.received(), &self.name, self.sequence)?;
        state::raise_clock(host, 0)
    }
}
