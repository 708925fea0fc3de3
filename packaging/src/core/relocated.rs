// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An object's instructions as libbpf would hand them to a kernel with a
//! given BTF.

use std::collections::BTreeMap;

use bpfsign_format::bpf::{CoreRelocation, Sections, instruction as code, raw_relocations};
use libbpf_rs::libbpf_sys::bpf_insn;

use super::ffi::{ParsedBtf, Relocator, Resolved};
use crate::Reason;

/// Code sections after relocation.
pub(crate) struct Relocated {
    /// Instructions by section.
    pub(crate) code: BTreeMap<String, Vec<bpf_insn>>,
    /// Relocations that the target gives no value for. Their instructions are
    /// now calls that the verifier refuses, should it get there.
    pub(crate) unresolved: Vec<Unresolved>,
    /// What each of the others found in the target.
    pub(crate) resolved: Vec<(CoreRelocation, Resolved)>,
}

/// A relocation without a value.
#[derive(Debug, Clone)]
pub(crate) struct Unresolved {
    pub(crate) relocation: CoreRelocation,
    /// libbpf refuses the whole object, whether or not the instruction runs.
    pub(crate) fatal: bool,
}

impl Relocated {
    /// The code as it is in the object.
    pub(crate) fn not_at_all(sections: &Sections<'_>) -> Self {
        Self { code: code::sections(sections), unresolved: Vec::new(), resolved: Vec::new() }
    }

    /// Relocates `object` against `target`, raw BTF.
    ///
    /// # Errors
    /// [`Reason::Object`]; [`Reason::TargetBtf`] when the target's BTF is
    /// malformed.
    pub(crate) fn against(
        object: &[u8],
        sections: &Sections<'_>,
        target: &[u8],
    ) -> Result<Self, Reason> {
        let mut this = Self::not_at_all(sections);
        let relocations = raw_relocations(object, sections)?;
        let Some(local) = sections.data(".BTF") else { return Ok(this) };
        let local = ParsedBtf::new(local).ok_or(Reason::TargetBtf)?;
        let target = ParsedBtf::new(target).ok_or(Reason::TargetBtf)?;
        let mut relocator = Relocator::new(&local, &target);
        for (index, (relocation, raw)) in relocations.into_iter().enumerate() {
            let at = relocation.instruction as usize;
            let Some(instructions) = this.code.get_mut(&relocation.section) else { continue };
            let was_call = instructions.get(at).is_some_and(code::is_call);
            match relocator.apply(raw, index, instructions, at) {
                Ok(_) if !was_call && instructions.get(at).is_some_and(code::is_call) => {
                    this.unresolved.push(Unresolved { relocation, fatal: false });
                }
                Ok(resolved) => this.resolved.push((relocation, resolved)),
                Err(_) => this.unresolved.push(Unresolved { relocation, fatal: true }),
            }
        }
        Ok(this)
    }
}
