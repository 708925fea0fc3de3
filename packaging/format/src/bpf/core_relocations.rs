// SPDX-License-Identifier: Apache-2.0 OR MIT
//! CO-RE relocations, from `.BTF.ext` (Documentation/bpf/btf.rst and
//! Documentation/bpf/llvm_reloc.rst in the kernel).

use std::collections::BTreeSet;

use libbpf_rs::btf::{Btf, BtfType, TypeId, types::Composite};
use serde::Serialize;

use super::{
    BpfError, Sections, ext,
    raw_btf::{
        Raw,
        kind::{ENUM, ENUM64, STRUCT, UNION},
    },
    strings::{Strings, u32_at},
};

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

/// The relocation as clang wrote it, for libbpf's own code
/// (`struct bpf_core_relo`, include/uapi/linux/bpf.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawRelocation {
    /// In bytes, from the start of the section.
    pub offset: u32,
    /// The type in the object's BTF.
    pub type_id: u32,
    /// Where the access string lies in the object's BTF strings.
    pub access_offset: u32,
    /// `enum bpf_core_relo_kind`.
    pub kind: u32,
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

/// The relocations, each with what libbpf needs to evaluate it.
///
/// # Errors
/// [`BpfError::Open`]: malformed BTF.
pub fn raw_relocations(
    object: &[u8],
    sections: &Sections<'_>,
) -> Result<Vec<(CoreRelocation, RawRelocation)>, BpfError> {
    let Some((btf, records)) = read(object, sections)? else { return Ok(Vec::new()) };
    Ok(records.iter().map(|record| (record.describe(&btf), record.raw)).collect())
}

/// The names (without a `___flavour`) of the kernel types that must be known to
/// evaluate the object's relocations as libbpf does. `None` when a part of the
/// kernel's BTF is not enough for that: when a relocation asks for the kernel's
/// type number or compares whole types, or its type is no struct, union or enum.
///
/// # Errors
/// [`BpfError::Open`]: malformed BTF.
pub fn core_types(object: &[u8]) -> Result<Option<BTreeSet<String>>, BpfError> {
    let sections = Sections::read(object)?;
    let Some(bytes) = sections.data(".BTF") else { return Ok(Some(BTreeSet::new())) };
    let malformed = || BpfError::Open("malformed .BTF".to_owned());
    let btf = Raw::new(bytes).ok_or_else(malformed)?;
    let offsets = btf.offsets().ok_or_else(malformed)?;
    let records = relocations(&sections, bytes)?;
    Ok(records.iter().map(|record| record.essential_type(&btf, &offsets)).collect())
}

type Read<'o> = Option<(Btf<'o>, Vec<Record>)>;

fn read<'o>(object: &'o [u8], sections: &Sections<'_>) -> Result<Read<'o>, BpfError> {
    let Some(raw_btf) = sections.data(".BTF") else { return Ok(None) };
    let opened = Btf::from_raw("bpfsign", object).map_err(|e| BpfError::Open(e.to_string()))?;
    let Some(btf) = opened else { return Ok(None) };
    Ok(Some((btf, relocations(sections, raw_btf)?)))
}

fn relocations(sections: &Sections<'_>, btf: &[u8]) -> Result<Vec<Record>, BpfError> {
    match sections.data(".BTF.ext") {
        None => Ok(Vec::new()),
        Some(bytes) => records(bytes, &Strings::of_btf(btf)).ok_or_else(ext::malformed),
    }
}

/// `struct bpf_core_relo` (include/uapi/linux/bpf.h), with its section.
struct Record {
    section: String,
    raw: RawRelocation,
    access: String,
}

fn records(ext: &[u8], strings: &Strings<'_>) -> Option<Vec<Record>> {
    let records = ext::records(ext, ext::CORE_RELOCATIONS, 16, strings)?;
    let describe = |(section, record): (&str, &[u8])| {
        let access_offset = u32_at(record, 8)?;
        Some(Record {
            section: section.to_owned(),
            raw: RawRelocation {
                offset: u32_at(record, 0)?,
                type_id: u32_at(record, 4)?,
                access_offset,
                kind: u32_at(record, 12)?,
            },
            access: strings.at(access_offset)?.to_owned(),
        })
    };
    records.into_iter().map(describe).collect()
}

impl Record {
    fn describe(&self, btf: &Btf<'_>) -> CoreRelocation {
        let ty = TypeId::from(self.raw.type_id);
        let target = match (self.raw.kind as usize) < FIRST_TYPE_KIND {
            true => field_path(btf, ty, &self.access),
            false => type_name(btf, ty),
        };
        CoreRelocation {
            section: self.section.clone(),
            instruction: self.raw.offset / 8,
            kind: KINDS.get(self.raw.kind as usize).copied().unwrap_or("unknown"),
            target,
        }
    }

    fn essential_type(&self, btf: &Raw<'_>, offsets: &[u32]) -> Option<String> {
        let whole_btf = ["type_id_local", "type_id_target", "type_matches"];
        let kind = KINDS.get(self.raw.kind as usize)?;
        let offset = *offsets.get((self.raw.type_id as usize).checked_sub(1)?)?;
        let (ty, _) = btf.head_at(offset as usize)?;
        let simple = [STRUCT, UNION, ENUM, ENUM64].contains(&ty.kind);
        // 0 is no name.
        if whole_btf.contains(kind) || !simple || ty.name == 0 {
            return None;
        }
        let name = str::from_utf8(btf.string(ty.name)).ok()?;
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
