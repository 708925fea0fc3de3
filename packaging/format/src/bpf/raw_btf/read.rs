// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Raw BTF (Documentation/bpf/btf.rst in the kernel): a header, type records
//! one after the other, and strings. A type's number is its place, from 1.

use memchr::memmem;

use kind::*;

/// Kinds of types, `BTF_KIND_*`.
pub mod kind {
    /// An integer.
    pub const INT: u32 = 1;
    /// A pointer.
    pub const PTR: u32 = 2;
    /// An array.
    pub const ARRAY: u32 = 3;
    /// A structure.
    pub const STRUCT: u32 = 4;
    /// A union.
    pub const UNION: u32 = 5;
    /// An enumeration of 32-bit values.
    pub const ENUM: u32 = 6;
    /// A declaration without a definition.
    pub const FWD: u32 = 7;
    /// A name for a type.
    pub const TYPEDEF: u32 = 8;
    /// `volatile`.
    pub const VOLATILE: u32 = 9;
    /// `const`.
    pub const CONST: u32 = 10;
    /// `restrict`.
    pub const RESTRICT: u32 = 11;
    /// A function.
    pub const FUNC: u32 = 12;
    /// A floating-point number.
    pub const FLOAT: u32 = 16;
    /// A tag on a type.
    pub const TYPE_TAG: u32 = 18;
    /// An enumeration of 64-bit values.
    pub const ENUM64: u32 = 19;
}

/// Bytes of the part that every record has.
pub const COMMON: usize = 12;

/// How long a record is, by its kind: so many bytes, and so many for each of what it
/// counts. None for a kind that is not known.
const LENGTHS: [(u8, u8); 32] = {
    let mut lengths = [(0, 0); 32];
    let mut at = 0;
    while at < lengths.len() {
        lengths[at] = match at as u32 {
            INT | 14 | 17 => (COMMON as u8 + 4, 0),
            ARRAY => (COMMON as u8 + 12, 0),
            STRUCT | UNION | 15 | ENUM64 => (COMMON as u8, 12),
            ENUM | 13 => (COMMON as u8, 8),
            PTR | 7..=12 | FLOAT | TYPE_TAG => (COMMON as u8, 0),
            _ => (0, 0),
        };
        at += 1;
    }
    lengths
};

/// BTF, split into its sections.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'b> {
    types: &'b [u8],
    strings: &'b [u8],
}

/// What the pass over all types looks at.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Offset of the name in the strings.
    pub name: u32,
    /// One of [`kind`].
    pub kind: u32,
}

/// One type.
#[derive(Debug, Clone, Copy)]
pub struct Record<'b> {
    /// All of it, [`COMMON`] first.
    pub bytes: &'b [u8],
}

impl<'b> Raw<'b> {
    /// Splits BTF; `None` when it is malformed.
    pub fn new(btf: &'b [u8]) -> Option<Self> {
        if btf.get(..2)? != [0x9f, 0xeb] {
            return None;
        }
        let header = word(btf, 4)? as usize;
        let section = |at: usize| {
            let start = header.checked_add(word(btf, at)? as usize)?;
            btf.get(start..start.checked_add(word(btf, at + 4)? as usize)?)
        };
        Some(Self { types: section(8)?, strings: section(16)? })
    }

    /// Name and kind of the record that starts at this offset of the type
    /// section, and the offset behind it. `None` at the end, and for a kind that
    /// is not known.
    // A pass over the kernel's is most of what a load takes outside the kernel.
    #[inline(always)]
    pub fn head_at(&self, offset: usize) -> Option<(Head, usize)> {
        let common: &[u8; COMMON] = self.types.get(offset..)?.first_chunk()?;
        let (name, info) = (word(common, 0)?, word(common, 4)?);
        let count = (info & 0xffff) as usize;
        let kind = info >> 24 & 0x1f;
        match LENGTHS[kind as usize] {
            (0, _) => None,
            (fixed, each) => {
                let length = usize::from(fixed) + usize::from(each) * count;
                Some((Head { name, kind }, offset + length))
            }
        }
    }

    /// The whole record at this offset.
    pub fn record_at(&self, offset: usize) -> Option<Record<'b>> {
        let (_, end) = self.head_at(offset)?;
        Some(Record { bytes: self.types.get(offset..end)? })
    }

    /// Where each type's record lies, in order; `None` when one is not known.
    pub fn offsets(&self) -> Option<Vec<u32>> {
        let (mut offsets, mut at) = (Vec::new(), 0);
        while let Some((_, next)) = self.head_at(at) {
            offsets.push(u32::try_from(at).ok()?);
            at = next;
        }
        self.is_end(at).then_some(offsets)
    }

    /// Whether `offset` is the end of the type section.
    pub fn is_end(&self, offset: usize) -> bool {
        offset == self.types.len()
    }

    /// The strings from this offset on; the one meant ends at a zero byte.
    #[inline(always)]
    pub fn strings_from(&self, offset: u32) -> &'b [u8] {
        self.strings.get(offset as usize..).unwrap_or_default()
    }

    /// Where a string lies. BTF holds each string once, so that the offset
    /// stands for the name.
    pub fn offset_of(&self, string: &str) -> Option<u32> {
        let needle = [b"\0", string.as_bytes(), b"\0"].concat();
        u32::try_from(memmem::find(self.strings, &needle)? + 1).ok()
    }

    /// The string at this offset, without its zero byte.
    pub fn string(&self, offset: u32) -> &'b [u8] {
        let rest = self.strings_from(offset);
        &rest[..rest.iter().position(|&b| b == 0).unwrap_or(0)]
    }
}

impl Record<'_> {
    /// One of [`kind`].
    pub fn kind(&self) -> u32 {
        self.word(4) >> 24 & 0x1f
    }

    /// Offset of the name in the strings.
    pub fn name(&self) -> u32 {
        self.word(0)
    }

    /// The 32-bit number at this offset; 0 behind the end.
    pub fn word(&self, at: usize) -> u32 {
        word(self.bytes, at).unwrap_or(0)
    }
}

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    // BTF is in the byte order of its kernel, which is this one.
    bytes.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes)
}
