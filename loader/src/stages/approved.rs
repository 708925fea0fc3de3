// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the policy allows on this host.

use bpfsign_format::bpf::ObjectFacts;

use super::{Plan, Verified, plan::choose_object, verified::Content};
use crate::{Error, Host, Policy, Reason, Record, Result, VERSION, state};

/// A verified package that this host's policy allows. Not in the kernel yet.
#[derive(Debug)]
pub struct Approved {
    pub(super) verified: Verified,
    pub(super) facts: ObjectFacts,
    pub(super) plan: Plan,
}

impl Verified {
    /// Checks, in this order: loader version, rollback, that object, manifest
    /// and schema agree, and the policy. Facts come from the object, as libbpf
    /// opens it, not from the manifest's word. The kernel is not touched.
    ///
    /// # Errors
    /// The one reason, with exit code 3 to 6.
    pub fn approve(self, policy: &Policy, host: &Host) -> Result<Approved> {
        let fail = |reason| Error::new(self.path.clone(), reason);
        if let Some(m) = self.manifest().filter(|m| !m.runs_on_loader(VERSION)) {
            return Err(fail(Reason::LoaderTooOld(m.min_loader.clone())));
        }
        let sequence = self.manifest().map_or(0, |m| m.sequence);
        let seen = state::highest_sequence(host, self.name())?;
        if sequence < seen {
            return Err(fail(Reason::RolledBack { sequence, seen }));
        }
        let (facts, plan) = self.describe().map_err(fail)?;
        policy.check(&facts).map_err(fail)?;
        Ok(Approved { verified: self, facts, plan })
    }

    /// What the object holds, and what is to be done with it.
    fn describe(&self) -> Result<(ObjectFacts, Plan), Reason> {
        let (object, bytes) = self.object()?;
        let (_, facts) = ObjectFacts::open(bytes).map_err(Reason::Object)?;
        let plan = match &self.content {
            Content::Package { manifest, container } => {
                Plan::for_package(manifest, container, (object, bytes), &facts)?
            }
            Content::Object { name, .. } => Plan::for_object(name, bytes, &facts)?,
        };
        Ok((facts, plan))
    }

    /// The object for this host: its name, and the verified bytes.
    pub(super) fn object(&self) -> Result<(String, &[u8]), Reason> {
        match &self.content {
            Content::Package { manifest, container } => choose_object(manifest, container),
            Content::Object { name, bytes } => Ok((format!("{name}.bpf.o"), bytes)),
        }
    }
}

impl Approved {
    /// The start of the record that is written when everything is pinned.
    pub(super) fn record(&self) -> Record {
        Record {
            name: self.plan.name.clone(),
            version: self.plan.version.clone(),
            sequence: self.plan.sequence,
            sm3: self.verified.sm3.clone(),
            signers: self.verified.signers.clone(),
            object: self.plan.object.clone(),
            generation: 0,
            loaded_at: 0,
            programs: Vec::new(),
            maps: Vec::new(),
            metrics: false,
        }
    }
}
