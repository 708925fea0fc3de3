// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One object against one target.

use std::collections::BTreeSet;

use super::{Subject, hooks, relocations, static_needs};
use crate::{
    At, Finding, ObjectCheck, Result,
    targets::{Target, TargetBtf},
};

/// Every reason why `subject` would not load on `target`, whose kernels' BTF
/// that is known is `kernels`.
pub(crate) fn check_object(
    name: &str,
    subject: &Subject<'_>,
    target: &Target,
    kernels: &[TargetBtf],
) -> Result<ObjectCheck> {
    let mut findings = static_needs::findings(subject, target);
    let mut notes = Vec::new();
    let relocates = relocations::are_needed(subject).at(name)?;
    if kernels.is_empty() && relocates {
        match target.has_feature("kernel-btf") {
            true => notes.push(format!(
                "no BTF of a kernel of {} is known here: its fields and hooks were not checked; \
                 `bpfsign target add-btf {0} FILE` adds one",
                target.name
            )),
            false => findings.push(Finding::new(
                "no-btf",
                format!(
                    "it reads kernel structures by CO-RE, kernels of this target have no BTF of \
                     their own, and none was added: `bpfsign target add-btf {} FILE` adds one",
                    target.name
                ),
            )),
        }
    }
    for kernel in kernels {
        let id = kernel.kernel.to_string();
        let btf = kernel.read()?;
        let on = |f: Finding| f.on_kernel(&id);
        findings.extend(relocations::findings(subject, &btf).at(&kernel.path)?.into_iter().map(on));
        let missing = hooks::findings(subject, target, &btf, kernel.symbols()?.as_ref());
        let (optional, missing): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|finding| subject.is_optional(finding));
        findings.extend(missing.into_iter().map(on));
        notes.extend(optional.into_iter().map(|f| format!("{}; it is left out there", on(f))));
    }
    Ok(ObjectCheck {
        object: name.to_owned(),
        target: target.name.clone(),
        kernels: kernels.iter().map(|k| k.kernel.to_string()).collect(),
        findings: distinct(findings),
        notes,
    })
}

/// Each finding once: a subprogram is checked for every program that calls it.
fn distinct(findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    findings.into_iter().filter(|f| seen.insert(format!("{} {f}", f.code))).collect()
}
