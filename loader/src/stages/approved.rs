// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the policy allows on this host.

use std::path::{Path, PathBuf};

use bpfsign_format::{bpf::ObjectFacts, manifest::MapEntry};

use super::{Plan, Verified, choice::Choice, verified::Content};
use crate::{BtfSource, Decision, Error, Facts, Host, Policy, Reason, Record, Result};

/// A verified package that this host's policy allows. Not in the kernel yet.
#[derive(Debug)]
pub struct Approved {
    pub(super) verified: Verified,
    pub(super) choice: Choice,
    pub(super) plan: Plan,
}

impl Verified {
    /// Checks, in this order: loader version, rollback, that this kernel can run
    /// one of the objects, that object, manifest and schema agree, and the
    /// policy. Facts come from the object, as libbpf opens it, not from the
    /// manifest's word. Of the package, nothing reaches the kernel; what it can
    /// do is tried with programs of our own, which needs privilege. `binary` is the
    /// program file that its uprobes are to attach to.
    ///
    /// # Errors
    /// The one reason, with exit code 3 to 6.
    pub fn approve(self, policy: &Policy, host: &Host, binary: Option<&Path>) -> Result<Approved> {
        let fail = |reason| Error::new(self.path.clone(), reason);
        self.check_release(policy, host)?;
        host.check_privilege()?;
        let binary = binary.map(program_file).transpose()?;
        let (choice, plan) = self.describe(binary.as_deref()).map_err(fail)?;
        let plan = plan.in_force(&choice.left_out, binary.as_deref());
        let facts =
            Facts { object: &choice.facts, maps: &plan.maps, targets: &self.targets(&choice) };
        policy.check(&facts).map_err(fail)?;
        Ok(Approved { verified: self, choice, plan })
    }

    /// What is to be loaded, and what is to be done with it.
    fn describe(&self, binary: Option<&Path>) -> Result<(Choice, Plan), Reason> {
        match &self.content {
            Content::Package { manifest, container } => {
                let choice = Choice::of_package(manifest, container, binary)?;
                let bytes = container.file(&choice.object).unwrap_or_default();
                let object = (choice.object.clone(), bytes);
                let plan = Plan::for_package(manifest, container, object, &choice.facts)?;
                Ok((choice, plan))
            }
            Content::Object { name, bytes, .. } => {
                let choice = Choice::of_object(name, bytes)?;
                let plan = Plan::for_object(name, bytes, &choice.facts)?;
                Ok((choice, plan))
            }
        }
    }

    /// The targets that the chosen object was built for.
    fn targets(&self, choice: &Choice) -> Vec<String> {
        let variants = self.manifest().map(|m| m.variants.as_slice()).unwrap_or_default();
        let chosen = variants.iter().find(|v| v.object == choice.object);
        chosen.map(|v| v.targets.clone()).unwrap_or_default()
    }
}

/// The program file, by a name that means the same to every process.
fn program_file(path: &Path) -> Result<PathBuf> {
    let path = path.canonicalize().map_err(Error::io(path))?;
    match path.to_str() {
        Some(text) if path.is_file() && !text.contains(':') => Ok(path),
        _ => Err(Error::new(path, Reason::NotAFile)),
    }
}

impl Verified {
    /// Every decision of a policy on every object, by the object's name; nothing
    /// of this kernel, and nothing is loaded.
    ///
    /// # Errors
    /// [`Reason::Object`]: an object that libbpf does not open.
    pub fn decisions(&self, policy: &Policy) -> Result<Vec<(String, Vec<Decision>)>> {
        let decide = |object: &str, maps: &[MapEntry], targets: &[String]| {
            let (_, facts) = ObjectFacts::open(self.file(object))
                .map_err(|e| Error::new(self.path.join(object), Reason::Object(e)))?;
            let facts = Facts { object: &facts, maps, targets };
            Ok((object.to_owned(), policy.decide(&facts)))
        };
        match self.manifest() {
            None => Ok(vec![decide(self.name(), &[], &[])?]),
            Some(m) => m.variants.iter().map(|v| decide(&v.object, &v.maps, &v.targets)).collect(),
        }
    }
}

impl Approved {
    /// What the operator should know of the choice of BTF.
    pub fn note(&self) -> Option<&str> {
        self.choice.note.as_deref()
    }

    /// BTF of the package for exactly this kernel.
    pub(super) fn package_btf(&self) -> Option<&[u8]> {
        let id = self.choice.kernel.id.as_ref()?;
        let used = self.choice.btf == BtfSource::Package;
        used.then(|| self.verified.file(&id.btf_file()))
    }

    /// The start of the record that is written when everything is pinned.
    pub(super) fn record(&self) -> Record {
        Record {
            name: self.plan.name.clone(),
            version: self.plan.version.clone(),
            sequence: self.plan.sequence,
            sm3: self.verified.sm3.clone(),
            signers: self.verified.signers.clone(),
            object: self.plan.object.clone(),
            kernel: self.choice.kernel.release.clone(),
            btf: self.choice.btf,
            generation: 0,
            loaded_at: 0,
            programs: Vec::new(),
            left_out: self.choice.left_out.clone(),
            maps: Vec::new(),
            metrics: false,
            served: Vec::new(),
        }
    }
}
