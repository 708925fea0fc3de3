// SPDX-License-Identifier: Apache-2.0 OR MIT
//! BTF of one kernel cut down to the members that given objects read: some
//! hundred bytes instead of megabytes.

use std::collections::{BTreeMap, BTreeSet};

use bpfsign_format::bpf::{
    Sections, instruction as code,
    raw_btf::{COMMON, Copier, Raw, kind},
};
use libbpf_rs::libbpf_sys::bpf_insn;

use super::{Relocated, ffi::Resolved};
use crate::Reason;

/// The part of `target` (raw BTF) that relocating `objects` needs; `None` when
/// they need none. With it, libbpf makes the same instructions as with the
/// whole, which is checked here.
///
/// # Errors
/// [`Reason::TargetBtf`] when the target's BTF is malformed;
/// [`Reason::CannotMinimise`] when an object asks for what a part cannot give,
/// the kernel's type numbers.
pub(crate) fn minimise(objects: &[&[u8]], target: &[u8]) -> Result<Option<Vec<u8>>, Reason> {
    let raw = Raw::new(target).ok_or(Reason::TargetBtf)?;
    let offsets = raw.offsets().ok_or(Reason::TargetBtf)?;
    let mut wanted = Wanted { copier: Copier::new(raw, offsets), members: BTreeMap::new() };
    let mut whole = Vec::new();
    for object in objects {
        let sections = Sections::read(object)?;
        let relocated = Relocated::against(object, &sections, target)?;
        for (relocation, resolved) in &relocated.resolved {
            wanted.add(relocation.kind, resolved).ok_or(Reason::TargetBtf)?;
        }
        whole.push((sections, relocated));
    }
    let relocates = |(_, r): &(_, Relocated)| !r.resolved.is_empty() || !r.unresolved.is_empty();
    if !whole.iter().any(relocates) {
        return Ok(None);
    }
    let part = wanted.write().ok_or(Reason::TargetBtf)?;
    for (object, (sections, relocated)) in objects.iter().zip(&whole) {
        let again = Relocated::against(object, sections, &part)?;
        if !same_code(&again, relocated) {
            return Err(Reason::CannotMinimise);
        }
    }
    Ok(Some(part))
}

/// The types and members to keep.
struct Wanted<'b> {
    copier: Copier<'b>,
    members: BTreeMap<u32, BTreeSet<usize>>,
}

impl Wanted<'_> {
    /// Adds what one relocation found. `None` when it leads nowhere.
    fn add(&mut self, relocation: &str, found: &Resolved) -> Option<()> {
        // The program asked whether the target has it, and it does not.
        if found.root == 0 {
            return Some(());
        }
        self.copier.number_of(found.root);
        if !relocation.starts_with("field_") {
            return self.add_all_members(found.root);
        }
        let mut ty = found.root;
        for &index in &found.path {
            ty = self.resolve(ty)?;
            let record = self.copier.record(ty)?;
            ty = match record.kind() {
                kind::STRUCT | kind::UNION => {
                    self.members.entry(ty).or_default().insert(index);
                    record.word(COMMON + 12 * index + 4)
                }
                kind::ARRAY => record.word(COMMON),
                _ => return None,
            };
        }
        Some(())
    }

    /// A program that asks about a type may be answered by any of its members.
    fn add_all_members(&mut self, root: u32) -> Option<()> {
        let ty = self.resolve(root)?;
        let record = self.copier.record(ty)?;
        if matches!(record.kind(), kind::STRUCT | kind::UNION) {
            let count = (record.bytes.len() - COMMON) / 12;
            self.members.entry(ty).or_default().extend(0..count);
        }
        Some(())
    }

    /// The type behind typedefs and qualifiers (skip_mods_and_typedefs() of
    /// libbpf.c).
    fn resolve(&self, mut ty: u32) -> Option<u32> {
        for _ in 0..32 {
            let record = self.copier.record(ty)?;
            match record.kind() {
                kind::TYPEDEF | kind::VOLATILE | kind::CONST | kind::RESTRICT | kind::TYPE_TAG => {
                    ty = record.word(8)
                }
                _ => return Some(ty),
            }
        }
        None
    }

    fn write(self) -> Option<Vec<u8>> {
        self.copier.only_members(self.members).write()
    }
}

fn same_code(a: &Relocated, b: &Relocated) -> bool {
    let words = |code: &[bpf_insn]| code.iter().map(code::word).collect::<Vec<_>>();
    a.code.len() == b.code.len()
        && a.code.iter().zip(&b.code).all(|((n, a), (m, b))| n == m && words(a) == words(b))
}
