// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host's policy (docs/spec/policy-v1.md): whom it trusts, and what a
//! package may do.

mod allow;
mod change;
mod count;
mod entry;
mod file;
mod history;
mod in_force;
mod moment;
mod pattern;
mod reach;
mod read;
mod revoked;
mod roles;
mod rule;
mod sense;
mod signed;
mod signer;
mod trust;
mod update;
mod view;

use std::path::Path;

pub use allow::{Decision, Facts};
pub use history::AppliedUpdate;
pub(crate) use history::{Judged, file_name};
pub use in_force::HostPolicy;
pub(crate) use moment::Moment;
pub use signer::{Origin, Signer, TrustedSigner};
pub use trust::Trust;
pub use update::TrustUpdate;
pub use view::{SignerView, ThresholdView, TrustView};

use crate::{Error, Reason, Result};
use allow::Allow;

/// A policy that only root could have written.
#[derive(Debug)]
pub struct Policy {
    /// The group whose members read the maps for agents.
    pub group: String,
    /// Whose signatures count, and how many are needed.
    pub trust: Trust,
    /// SM3 of its text, 64 hexadecimal digits.
    pub sm3: String,
    /// What a package may do.
    allow: Allow,
    /// The trust updates that were applied, oldest first.
    pub updates: Vec<AppliedUpdate>,
    /// Packages that may be rolled back, and to which sequence (§5.2).
    rollback: Vec<(String, u64)>,
}

impl Policy {
    /// Reads the policy at `path`.
    ///
    /// # Errors
    /// [`Reason::PolicyMissing`]; [`Reason::PolicyWritable`] when anyone but
    /// root can change it or a directory above it; [`Reason::PolicyInvalid`].
    pub fn read(path: &Path) -> Result<Self> {
        let text = read::read_trusted(path)?;
        Self::parse(&text).map_err(|why| Error::new(path, Reason::PolicyInvalid(why)))
    }

    /// Parses a policy's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        file::parse(text)
    }

    /// Every decision on what a package does (§4), in the order in which the
    /// first refusal counts.
    pub fn decide(&self, facts: &Facts<'_>) -> Vec<Decision> {
        self.allow.decide(facts)
    }

    /// Refuses a package that does what the policy does not allow.
    ///
    /// # Errors
    /// The first refusal, exit code 5.
    pub fn check(&self, facts: &Facts<'_>) -> Result<(), Reason> {
        let refusal = self.decide(facts).into_iter().find_map(|d| d.refusal);
        refusal.map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    /// The lowest sequence of a package that may be loaded where `seen` was
    /// loaded before (§5.1, §5.2).
    pub(crate) fn lowest_sequence(&self, name: &str, seen: u64) -> u64 {
        let exception = self.rollback.iter().find(|(package, _)| package == name);
        exception.map_or(seen, |(_, sequence)| seen.min(*sequence))
    }
}
