// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The policy that decides, of a host that is locked.

use std::ops::Deref;

use super::Policy;
use crate::{Host, LockedHost, Result};

/// The policy of a locked host, with the trust updates that were applied to it: the only
/// one by which a package can be admitted.
#[derive(Debug)]
pub struct HostPolicy<'h> {
    policy: Policy,
    host: &'h LockedHost,
}

impl LockedHost {
    /// This host's policy.
    ///
    /// # Errors
    /// As [`Policy::read`]; [`KeptUpdate`](crate::Reason::KeptUpdate), [`Io`](crate::Reason::Io).
    pub fn policy(&self) -> Result<HostPolicy<'_>> {
        Ok(HostPolicy { policy: Policy::look(self)?, host: self })
    }
}

impl<'h> HostPolicy<'h> {
    /// The host whose policy this is.
    pub fn host(&self) -> &'h LockedHost {
        self.host
    }
}

impl Deref for HostPolicy<'_> {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.policy
    }
}

impl Policy {
    /// The policy of `host` as it is at this moment, with the trust updates that were applied:
    /// to tell people, and to verify what is not loaded. By it nothing can be loaded.
    ///
    /// # Errors
    /// As [`Policy::read`]; [`KeptUpdate`](crate::Reason::KeptUpdate), [`Io`](crate::Reason::Io).
    pub fn look(host: &Host) -> Result<Self> {
        let mut policy = Self::read(&host.policy)?;
        policy.replay(host)?;
        Ok(policy)
    }
}
