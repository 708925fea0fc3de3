// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `.BTF.ext`: records about instructions, grouped by section
//! (Documentation/bpf/btf.rst in the kernel).

use super::BpfError;

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

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let end = at.checked_add(4)?;
    bytes.get(at..end)?.try_into().ok().map(u32::from_le_bytes)
}

/// BTF's strings.
pub(super) struct Strings<'b>(&'b [u8]);

impl<'b> Strings<'b> {
    /// `str_off` and `str_len` follow the header's length and the two numbers
    /// of the type section.
    pub(super) fn of_btf(btf: &'b [u8]) -> Self {
        let section = || {
            let start = (u32_at(btf, 4)? as usize).checked_add(u32_at(btf, 16)? as usize)?;
            btf.get(start..start.checked_add(u32_at(btf, 20)? as usize)?)
        };
        Self(section().unwrap_or_default())
    }

    pub(super) fn at(&self, offset: u32) -> Option<&'b str> {
        let tail = self.0.get(offset as usize..)?;
        let end = tail.iter().position(|&b| b == 0)?;
        str::from_utf8(&tail[..end]).ok()
    }
}
