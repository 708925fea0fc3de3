// SPDX-License-Identifier: Apache-2.0 OR MIT
//! CO-RE relocations, from `.BTF.ext` (Documentation/bpf/btf.rst and
//! Documentation/bpf/llvm_reloc.rst in the kernel).

use bpfsign_format::bpf::BpfError;
use libbpf_rs::btf::{Btf, BtfType, TypeId, types::Composite};
use serde::Serialize;

use super::elf::Sections;
use crate::Reason;

/// One access that libbpf adapts to the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CoreRelocation {
    /// The ELF section of the program.
    pub section: String,
    /// The instruction, from the start of the section.
    pub instruction: u32,
    /// What is asked: `field_byte_offset`, `field_exists`.
    pub kind: &'static str,
    /// The type, and for a field its path: `task_struct.comm`.
    pub target: String,
}

/// `enum bpf_core_relo_kind` (include/uapi/linux/bpf.h).
const KINDS: [&str; 13] = [
    "field_byte_offset",
    "field_byte_size",
    "field_exists",
    "field_signed",
    "field_lshift_u64",
    "field_rshift_u64",
    "type_id_local",
    "type_id_target",
    "type_exists",
    "type_size",
    "enumval_exists",
    "enumval_value",
    "type_matches",
];

/// The first kind that asks of a type and not of a field.
const FIRST_TYPE_KIND: usize = 6;

/// Number of BTF types, and the relocations.
pub(super) fn read(
    object: &[u8],
    sections: &Sections<'_>,
) -> Result<(Option<usize>, Vec<CoreRelocation>), Reason> {
    let Some(raw_btf) = sections.data(".BTF") else { return Ok((None, Vec::new())) };
    let opened = Btf::from_raw("bpfsign", object)
        .map_err(|e| Reason::Object(BpfError::Open(e.to_string())))?;
    let Some(btf) = opened else { return Ok((None, Vec::new())) };
    let relocations = match sections.data(".BTF.ext") {
        None => Vec::new(),
        Some(ext) => parse(ext, &Strings::of(raw_btf), &btf)
            .ok_or_else(|| Reason::Object(BpfError::Open("malformed .BTF.ext".to_owned())))?,
    };
    Ok((Some(btf.len()), relocations))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let end = at.checked_add(4)?;
    bytes.get(at..end)?.try_into().ok().map(u32::from_le_bytes)
}

/// BTF's string section: `str_off` and `str_len` follow the header's length
/// and the two numbers of the type section.
struct Strings<'b>(&'b [u8]);

impl<'b> Strings<'b> {
    fn of(btf: &'b [u8]) -> Self {
        let section = || {
            let start = (u32_at(btf, 4)? as usize).checked_add(u32_at(btf, 16)? as usize)?;
            btf.get(start..start.checked_add(u32_at(btf, 20)? as usize)?)
        };
        Self(section().unwrap_or_default())
    }

    fn at(&self, offset: u32) -> Option<&'b str> {
        let tail = self.0.get(offset as usize..)?;
        let end = tail.iter().position(|&b| b == 0)?;
        str::from_utf8(&tail[..end]).ok()
    }
}

fn parse(ext: &[u8], strings: &Strings<'_>, btf: &Btf<'_>) -> Option<Vec<CoreRelocation>> {
    let header = u32_at(ext, 4)? as usize;
    // The header ends before core_relo_off where clang is older than CO-RE.
    if header < 32 {
        return Some(Vec::new());
    }
    let start = header.checked_add(u32_at(ext, 24)? as usize)?;
    let body = ext.get(start..start.checked_add(u32_at(ext, 28)? as usize)?)?;
    if body.is_empty() {
        return Some(Vec::new());
    }
    let record = u32_at(body, 0)? as usize;
    if record < 16 {
        return None;
    }
    let mut relocations = Vec::new();
    let mut at = 4;
    while at < body.len() {
        let section = strings.at(u32_at(body, at)?)?;
        let count = u32_at(body, at + 4)?;
        at += 8;
        for _ in 0..count {
            relocations.push(relocation(body.get(at..)?, section, strings, btf)?);
            at = at.checked_add(record)?;
        }
    }
    Some(relocations)
}

/// `struct bpf_core_relo` (include/uapi/linux/bpf.h): instruction offset in
/// bytes, type, access string, kind.
fn relocation(
    record: &[u8],
    section: &str,
    strings: &Strings<'_>,
    btf: &Btf<'_>,
) -> Option<CoreRelocation> {
    let access = strings.at(u32_at(record, 8)?)?;
    let kind = u32_at(record, 12)? as usize;
    let ty = TypeId::from(u32_at(record, 4)?);
    let target = match kind < FIRST_TYPE_KIND {
        true => field_path(btf, ty, access),
        false => type_name(btf, ty),
    };
    Some(CoreRelocation {
        section: section.to_owned(),
        instruction: u32_at(record, 0)? / 8,
        kind: KINDS.get(kind).copied().unwrap_or("unknown"),
        target,
    })
}

fn type_name(btf: &Btf<'_>, ty: TypeId) -> String {
    btf.type_by_id::<BtfType<'_>>(ty)
        .and_then(|t| t.skip_mods_and_typedefs().name().map(|n| n.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "(anonymous)".to_owned())
}

/// `0:2:1` of a struct: the member with index 2, of it the one with index 1.
/// The first number steps over whole structs.
fn field_path(btf: &Btf<'_>, root: TypeId, access: &str) -> String {
    let mut path = type_name(btf, root);
    let mut ty = btf.type_by_id::<BtfType<'_>>(root).map(|t| t.skip_mods_and_typedefs());
    for step in access.split(':').skip(1) {
        let composite = ty.and_then(|t| Composite::try_from(t).ok());
        let member = composite.zip(step.parse().ok()).and_then(|(c, i): (_, usize)| c.get(i));
        match member {
            Some(member) => {
                path.push('.');
                path.push_str(&member.name.unwrap_or_default().to_string_lossy());
                ty = btf.type_by_id::<BtfType<'_>>(member.ty).map(|t| t.skip_mods_and_typedefs());
            }
            // An array's index, which has no name.
            None => path.push_str(&format!("[{step}]")),
        }
    }
    path
}
