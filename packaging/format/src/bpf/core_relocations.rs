// SPDX-License-Identifier: Apache-2.0 OR MIT
//! CO-RE relocations, from `.BTF.ext` (Documentation/bpf/btf.rst and
//! Documentation/bpf/llvm_reloc.rst in the kernel).

use std::collections::BTreeSet;

use libbpf_rs::btf::{Btf, BtfType, TypeId, types::Composite};
use serde::Serialize;

use super::{BpfError, Sections};

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

/// Number of BTF types (`None` without BTF), and the relocations.
///
/// # Errors
/// [`BpfError::Open`]: malformed BTF.
pub fn core_relocations(
    object: &[u8],
    sections: &Sections<'_>,
) -> Result<(Option<usize>, Vec<CoreRelocation>), BpfError> {
    let Some((btf, records)) = read(object, sections)? else { return Ok((None, Vec::new())) };
    let relocations = records.iter().map(|record| record.describe(&btf)).collect();
    Ok((Some(btf.len()), relocations))
}

/// The names (without a `___flavour`) of the kernel types that must be known to
/// evaluate the object's relocations as libbpf does. `None` when a part of the
/// kernel's BTF is not enough for that: when a relocation asks for the kernel's
/// type number or compares whole types, or its type is no struct, union or enum.
///
/// # Errors
/// [`BpfError::Open`]: malformed BTF.
pub fn core_types(object: &[u8]) -> Result<Option<BTreeSet<String>>, BpfError> {
    let Some((btf, records)) = read(object, &Sections::read(object)?)? else {
        return Ok(Some(BTreeSet::new()));
    };
    Ok(records.iter().map(|record| record.essential_type(&btf)).collect())
}

type Read<'o> = Option<(Btf<'o>, Vec<Record>)>;

fn read<'o>(object: &'o [u8], sections: &Sections<'_>) -> Result<Read<'o>, BpfError> {
    let Some(raw_btf) = sections.data(".BTF") else { return Ok(None) };
    let opened = Btf::from_raw("bpfsign", object).map_err(|e| BpfError::Open(e.to_string()))?;
    let Some(btf) = opened else { return Ok(None) };
    let records = match sections.data(".BTF.ext") {
        None => Vec::new(),
        Some(ext) => parse(ext, &Strings(strings(raw_btf)))
            .ok_or_else(|| BpfError::Open("malformed .BTF.ext".to_owned()))?,
    };
    Ok(Some((btf, records)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let end = at.checked_add(4)?;
    bytes.get(at..end)?.try_into().ok().map(u32::from_le_bytes)
}

/// BTF's string section: `str_off` and `str_len` follow the header's length
/// and the two numbers of the type section.
fn strings(btf: &[u8]) -> &[u8] {
    let section = || {
        let start = (u32_at(btf, 4)? as usize).checked_add(u32_at(btf, 16)? as usize)?;
        btf.get(start..start.checked_add(u32_at(btf, 20)? as usize)?)
    };
    section().unwrap_or_default()
}

struct Strings<'b>(&'b [u8]);

impl<'b> Strings<'b> {
    fn at(&self, offset: u32) -> Option<&'b str> {
        let tail = self.0.get(offset as usize..)?;
        let end = tail.iter().position(|&b| b == 0)?;
        str::from_utf8(&tail[..end]).ok()
    }
}

/// `struct bpf_core_relo` (include/uapi/linux/bpf.h), with its section.
struct Record {
    section: String,
    /// In bytes, from the start of the section.
    offset: u32,
    ty: TypeId,
    access: String,
    kind: usize,
}

fn parse(ext: &[u8], strings: &Strings<'_>) -> Option<Vec<Record>> {
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
    let size = u32_at(body, 0)? as usize;
    if size < 16 {
        return None;
    }
    let mut records = Vec::new();
    let mut at = 4;
    while at < body.len() {
        let section = strings.at(u32_at(body, at)?)?;
        let count = u32_at(body, at + 4)?;
        at += 8;
        for _ in 0..count {
            records.push(Record {
                section: section.to_owned(),
                offset: u32_at(body, at)?,
                ty: TypeId::from(u32_at(body, at + 4)?),
                access: strings.at(u32_at(body, at + 8)?)?.to_owned(),
                kind: u32_at(body, at + 12)? as usize,
            });
            at = at.checked_add(size)?;
        }
    }
    Some(records)
}

impl Record {
    fn describe(&self, btf: &Btf<'_>) -> CoreRelocation {
        let target = match self.kind < FIRST_TYPE_KIND {
            true => field_path(btf, self.ty, &self.access),
            false => type_name(btf, self.ty),
        };
        CoreRelocation {
            section: self.section.clone(),
            instruction: self.offset / 8,
            kind: KINDS.get(self.kind).copied().unwrap_or("unknown"),
            target,
        }
    }

    fn essential_type(&self, btf: &Btf<'_>) -> Option<String> {
        let whole_btf = ["type_id_local", "type_id_target", "type_matches"];
        let kind = KINDS.get(self.kind)?;
        let ty = btf.type_by_id::<BtfType<'_>>(self.ty)?;
        let simple = ty.is_composite() || ty.is_any_enum();
        if whole_btf.contains(kind) || !simple {
            return None;
        }
        let name = ty.name()?.to_str()?;
        Some(essential_name(name).to_owned())
    }
}

/// `task_struct` of `task_struct___older`, as libbpf cuts it
/// (bpf_core_essential_name_len() in relo_core.c).
fn essential_name(name: &str) -> &str {
    let b = name.as_bytes();
    let flavour = (0..b.len().saturating_sub(4))
        .rev()
        .find(|&i| b[i] != b'_' && b[i + 1..i + 4] == *b"___" && b[i + 4] != b'_');
    match flavour {
        Some(i) => name.get(..=i).unwrap_or(name),
        None => name,
    }
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

#[cfg(test)]
mod tests {
    use super::essential_name;

    #[test]
    fn flavours_are_cut_as_libbpf_cuts_them() {
        for (name, essential) in [
            ("task_struct", "task_struct"),
            ("task_struct___state", "task_struct"),
            ("a___b___c", "a___b"),
            ("a____b", "a____b"),
            ("___x", "___x"),
            ("a___", "a___"),
            ("", ""),
        ] {
            assert_eq!(essential_name(name), essential, "{name}");
        }
    }
}
