// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Maps as an object's BTF declares them (`.maps`, Documentation/bpf/btf.rst and
//! bpf_object__init_user_btf_maps() in libbpf.c).

use super::{
    BpfError, MapFacts,
    raw_btf::{COMMON, Raw, kind},
    strings::{Strings, u32_at},
    type_names::{known_map_type, map_type_name},
};

/// `BTF_KIND_VAR` and `BTF_KIND_DATASEC`.
const VAR: u32 = 14;
const DATASEC: u32 = 15;
/// How far types may refer to one another.
const DEPTH: u32 = 32;

/// The maps that BTF declares, in its order.
///
/// # Errors
/// [`BpfError::Open`]: malformed, or a declaration that is not known here;
/// [`BpfError::PinsItself`].
pub(super) fn maps(btf: &[u8]) -> Result<Vec<MapFacts>, BpfError> {
    let malformed = || BpfError::Open("malformed .BTF".to_owned());
    let types = Types::new(btf).ok_or_else(malformed)?;
    let Some(section) = types.section(".maps") else { return Ok(Vec::new()) };
    let variables = section.get(COMMON..).unwrap_or_default().chunks_exact(12);
    variables
        .map(|entry| {
            let variable = u32_at(entry, 0).and_then(|id| types.record(id));
            let variable = variable.filter(|v| kind_of(v) == VAR).ok_or_else(malformed)?;
            let name = types.name(variable).ok_or_else(malformed)?;
            let declaration = u32_at(variable, 8).and_then(|id| types.resolved(id));
            let declaration = declaration.ok_or_else(malformed)?;
            types.map(name, declaration)
        })
        .collect()
}

fn kind_of(record: &[u8]) -> u32 {
    u32_at(record, 4).unwrap_or(0) >> 24 & 0x1f
}

/// The types of an object.
struct Types<'b> {
    raw: Raw<'b>,
    offsets: Vec<u32>,
    strings: Strings<'b>,
}

impl<'b> Types<'b> {
    fn new(btf: &'b [u8]) -> Option<Self> {
        let raw = Raw::new(btf)?;
        Some(Self { raw, offsets: raw.offsets()?, strings: Strings::of_btf(btf) })
    }

    /// The record of the type with this number.
    fn record(&self, id: u32) -> Option<&'b [u8]> {
        let at = self.offsets.get(id.checked_sub(1)? as usize)?;
        Some(self.raw.record_at(*at as usize)?.bytes)
    }

    fn name(&self, record: &[u8]) -> Option<&'b str> {
        self.strings.at(u32_at(record, 0)?)
    }

    fn section(&self, name: &str) -> Option<&'b [u8]> {
        let mut all = (1..=self.offsets.len() as u32).filter_map(|id| self.record(id));
        all.find(|r| kind_of(r) == DATASEC && self.name(r) == Some(name))
    }

    /// The type with this number, without typedefs and qualifiers.
    fn resolved(&self, mut id: u32) -> Option<&'b [u8]> {
        for _ in 0..DEPTH {
            let record = self.record(id)?;
            match kind_of(record) {
                kind::TYPEDEF | kind::VOLATILE | kind::CONST | kind::RESTRICT | kind::TYPE_TAG => {
                    id = u32_at(record, 8)?;
                }
                _ => return Some(record),
            }
        }
        None
    }

    /// Bytes of the type with this number.
    fn size(&self, id: u32, depth: u32) -> Option<u32> {
        let record = self.resolved(id)?;
        match kind_of(record) {
            kind::PTR => Some(8),
            kind::ARRAY => {
                let element = self.size(u32_at(record, COMMON)?, depth.checked_sub(1)?)?;
                element.checked_mul(u32_at(record, COMMON + 8)?)
            }
            kind::INT | kind::STRUCT | kind::UNION | kind::ENUM | kind::ENUM64 | kind::FLOAT => {
                u32_at(record, 8)
            }
            _ => None,
        }
    }

    /// What a member of a declaration points to.
    fn pointed(&self, member: u32) -> Option<u32> {
        let pointer = self.resolved(member)?;
        (kind_of(pointer) == kind::PTR).then(|| u32_at(pointer, 8))?
    }

    /// `__uint(name, N)` declares `int (*name)[N]`.
    fn number(&self, member: u32) -> Option<u32> {
        let array = self.resolved(self.pointed(member)?)?;
        (kind_of(array) == kind::ARRAY).then(|| u32_at(array, COMMON + 8))?
    }

    fn map(&self, name: &str, declaration: &[u8]) -> Result<MapFacts, BpfError> {
        let unknown =
            |what: &str| BpfError::Open(format!("map `{name}`: `{what}` is not known here"));
        let mut map = MapFacts {
            name: name.to_owned(),
            map_type: map_type_name(0).to_owned(),
            key_size: 0,
            value_size: 0,
            max_entries: 0,
            flags: 0,
            internal: false,
        };
        for member in declaration.get(COMMON..).unwrap_or_default().chunks_exact(12) {
            let what = self.name(member).unwrap_or_default();
            let ty = u32_at(member, 4).unwrap_or(0);
            let refuse = || unknown(what);
            let number = || self.number(ty).ok_or_else(refuse);
            let size = || self.pointed(ty).and_then(|t| self.size(t, DEPTH)).ok_or_else(refuse);
            match what {
                "type" => {
                    map.map_type = known_map_type(number()?).ok_or_else(refuse)?.to_owned();
                }
                "max_entries" => map.max_entries = number()?,
                "map_flags" => map.flags = number()?,
                "key_size" => map.key_size = number()?,
                "value_size" => map.value_size = number()?,
                "key" => map.key_size = size()?,
                "value" => map.value_size = size()?,
                "numa_node" | "map_extra" => {}
                "pinning" => return Err(BpfError::PinsItself(name.to_owned())),
                // Maps in maps among them.
                _ => return Err(refuse()),
            }
        }
        Ok(map)
    }
}
