// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the policy allows on this host.

use std::path::{Path, PathBuf};

use bpfsign_verify::{Admitted, At, BtfSource, Error, Facts, Reason, Record, Result, Verified};

use super::{Plan, choice::Choice};

/// An admitted package that this host's policy allows. Not in the kernel yet.
#[derive(Debug)]
pub struct Approved<'p> {
    pub(super) admitted: Admitted<'p>,
    pub(super) choice: Choice,
    pub(super) plan: Plan,
}

impl<'p> Approved<'p> {
    /// Checks, in this order: that this kernel can run one of the objects, that object,
    /// manifest and schema agree, and the policy. Facts come from the object, as libbpf opens
    /// it, not from the manifest's word. Of the package, nothing reaches the kernel; what it
    /// can do is tried with programs of our own, which needs privilege. `binary` is the
    /// program file that its uprobes are to attach to.
    ///
    /// # Errors
    /// The one reason, with exit code 3 to 6.
    pub fn of(admitted: Admitted<'p>, binary: Option<&Path>) -> Result<Self> {
        admitted.host().check_privilege()?;
        let binary = binary.map(program_file).transpose()?;
        let decided = decide(&admitted, binary.as_deref());
        let (choice, plan) = decided.map_err(|reason| Error::new(admitted.path(), reason))?;
        Ok(Self { admitted, choice, plan })
    }
}

fn decide(admitted: &Admitted<'_>, binary: Option<&Path>) -> Result<(Choice, Plan), Reason> {
    let (choice, plan) = describe(admitted, binary)?;
    let plan = plan.in_force(&choice.left_out, binary);
    let targets = targets(admitted, &choice);
    let facts = Facts { object: &choice.facts, maps: &plan.maps, targets: &targets };
    admitted.policy().check(&facts)?;
    Ok((choice, plan))
}

/// What is to be loaded, and what is to be done with it.
fn describe(verified: &Verified, binary: Option<&Path>) -> Result<(Choice, Plan), Reason> {
    match verified.manifest() {
        Some(manifest) => {
            let choice = Choice::of_package(manifest, verified, binary)?;
            let bytes = verified.file(&choice.object);
            let object = (choice.object.clone(), bytes);
            let plan = Plan::for_package(manifest, verified, object, &choice.facts)?;
            Ok((choice, plan))
        }
        None => {
            let (name, bytes) = (verified.name(), verified.bytes());
            let choice = Choice::of_object(name, bytes)?;
            let plan = Plan::for_object(name, bytes, &choice.facts)?;
            Ok((choice, plan))
        }
    }
}

/// The targets that the chosen object was built for.
fn targets(verified: &Verified, choice: &Choice) -> Vec<String> {
    let variants = verified.manifest().map(|m| m.variants.as_slice()).unwrap_or_default();
    let chosen = variants.iter().find(|v| v.object == choice.object);
    chosen.map(|v| v.targets.clone()).unwrap_or_default()
}

/// The program file, by a name that means the same to every process.
fn program_file(path: &Path) -> Result<PathBuf> {
    let path = path.canonicalize().at(path)?;
    match path.to_str() {
        Some(text) if path.is_file() && !text.contains(':') => Ok(path),
        _ => Err(Error::new(path, Reason::NotAFile)),
    }
}

impl Approved<'_> {
    /// What the operator should know of the choice of BTF.
    pub fn note(&self) -> Option<&str> {
        self.choice.note.as_deref()
    }

    /// BTF of the package for exactly this kernel.
    pub(super) fn package_btf(&self) -> Option<&[u8]> {
        let id = self.choice.kernel.id.as_ref()?;
        let used = self.choice.btf == BtfSource::Package;
        used.then(|| self.admitted.file(&id.btf_file()))
    }

    /// The start of the record that is written when everything is pinned.
    pub(super) fn record(&self) -> Record {
        Record {
            name: self.plan.name.clone(),
            version: self.plan.version.clone(),
            sequence: self.plan.sequence,
            sm3: self.admitted.sm3().to_owned(),
            signers: self.admitted.signers().to_vec(),
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
