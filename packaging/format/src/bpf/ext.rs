// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `.BTF.ext`: records about instructions, grouped by section
//! (Documentation/bpf/btf.rst in the kernel).

use super::{
    BpfError,
    strings::{Strings, u32_at},
};

/// Offsets in the header of the kinds of records: (offset, length) pairs.
pub(super) const LINES: usize = 16;
pub(super) const CORE_RELOCATIONS: usize = 24;

/// The records of one kind with their sections, each at least `least` bytes;
/// `None` when they are malformed.
pub(super) fn records<'e>(
    ext: &'e [u8],
    kind: usize,
    least: usize,
    strings: &Strings<'e>,
) -> Option<Vec<(&'e str, &'e [u8])>> {
    let header = u32_at(ext, 4)? as usize;
    // An older clang's header ends before the newer kinds.
    if header < kind + 8 {
        return Some(Vec::new());
    }
    let start = header.checked_add(u32_at(ext, kind)? as usize)?;
    let body = ext.get(start..start.checked_add(u32_at(ext, kind + 4)? as usize)?)?;
    if body.is_empty() {
        return Some(Vec::new());
    }
    let size = u32_at(body, 0)? as usize;
    if size < least {
        return None;
    }
    let mut found = Vec::new();
    let mut at = 4;
    while at < body.len() {
        let section = strings.at(u32_at(body, at)?)?;
        let count = u32_at(body, at + 4)?;
        at += 8;
        for _ in 0..count {
            let end = at.checked_add(size)?;
            found.push((section, body.get(at..end)?));
            at = end;
        }
    }
    Some(found)
}

pub(super) fn malformed() -> BpfError {
    BpfError::Open("malformed .BTF.ext".to_owned())
}
