// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a locked host trusts.

use std::ops::Deref;

use crate::{Error, HostPolicy, LockedHost, Reason, Result, Sealed, VERSION, Verified};

/// A package or object that the policy of a locked host trusts, with that policy: what is
/// decided of it further is decided by the same policy, before anyone can change it.
#[derive(Debug)]
pub struct Admitted<'p> {
    verified: Verified,
    policy: &'p HostPolicy<'p>,
    seen: u64,
}

impl HostPolicy<'_> {
    /// Verifies a package by this policy, as [`Sealed::verify`] does, then checks that this
    /// loader is new enough, that no newer release was loaded here, and that the clock is
    /// not behind.
    ///
    /// # Errors
    /// The one reason, with exit code 3, 4 or 6.
    pub fn admit(&self, sealed: Sealed) -> Result<Admitted<'_>> {
        let verified = sealed.verify(&self.trust)?;
        let fail = |reason| Error::new(verified.path(), reason);
        if let Some(m) = verified.manifest().filter(|m| !m.runs_on_loader(VERSION)) {
            return Err(fail(Reason::LoaderTooOld(m.min_loader.clone())));
        }
        let sequence = verified.sequence();
        let seen = self.host().highest_sequence(verified.name())?;
        if sequence < self.lowest_sequence(verified.name(), seen) {
            return Err(fail(Reason::RolledBack { sequence, seen }));
        }
        self.host().check_clock()?;
        Ok(Admitted { verified, policy: self, seen })
    }
}

impl<'p> Admitted<'p> {
    /// The policy that trusts it.
    pub fn policy(&self) -> &'p HostPolicy<'p> {
        self.policy
    }

    /// The host whose policy that is.
    pub fn host(&self) -> &'p LockedHost {
        self.policy.host()
    }

    /// The highest sequence of the package that this host ever loaded, this one included.
    /// An older one, where the policy makes an exception for it, does not lower that.
    pub fn highest_sequence(&self) -> u64 {
        self.seen.max(self.sequence())
    }

    /// What was verified, for what comes after the policy's last decision.
    pub fn into_verified(self) -> Verified {
        self.verified
    }
}

impl Deref for Admitted<'_> {
    type Target = Verified;

    fn deref(&self) -> &Verified {
        &self.verified
    }
}
