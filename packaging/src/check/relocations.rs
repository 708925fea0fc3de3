// SPDX-License-Identifier: Apache-2.0 OR MIT
//! CO-RE relocations that do not resolve against a kernel's BTF, where the
//! verifier gets to them.

use bpfsign_format::bpf::core_relocations;

use super::{Subject, flow};
use crate::{Finding, Reason, core::Relocated};

/// Whether the object has any.
pub(super) fn are_needed(subject: &Subject<'_>) -> Result<bool, Reason> {
    let (_, relocations) = core_relocations(subject.bytes, &subject.sections)?;
    Ok(!relocations.is_empty())
}

pub(super) fn findings(subject: &Subject<'_>, btf: &[u8]) -> Result<Vec<Finding>, Reason> {
    let relocated = Relocated::against(subject.bytes, &subject.sections, btf)?;
    let mut findings = Vec::new();
    for program in &subject.programs {
        for function in &program.functions {
            let code = relocated.code.get(&function.section);
            let end = function.start + function.length;
            let Some(code) = code.and_then(|c| c.get(function.start..end)) else { continue };
            let reached = flow::reached(code);
            for unresolved in &relocated.unresolved {
                let relocation = &unresolved.relocation;
                let at = (relocation.instruction as usize).wrapping_sub(function.start);
                let here = relocation.section == function.section && at < function.length;
                if here && (unresolved.fatal || reached.contains(&at)) {
                    let message = format!(
                        "the kernel has no `{}` as the program reads it ({})",
                        relocation.target, relocation.kind
                    );
                    let finding = Finding::new("core-relocation", message);
                    findings.push(subject.at(finding, program, function, at));
                }
            }
        }
    }
    Ok(findings)
}
