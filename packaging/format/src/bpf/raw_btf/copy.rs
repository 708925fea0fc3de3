// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writing new BTF that holds a part of another.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{COMMON, Raw, Record, kind::*};

/// Copies types into new BTF, with all that libbpf looks at when it relocates
/// against them (relo_core.c): members, and what is embedded in them, but not
/// what pointers point to.
#[derive(Debug)]
pub struct Copier<'b> {
    raw: Raw<'b>,
    /// Of the records, in the kernel's order, the first and every so many.
    offsets: Vec<u32>,
    every: usize,
    /// The kernel's numbers, in the new order.
    queue: Vec<u32>,
    /// New numbers by the kernel's.
    numbers: HashMap<u32, u32>,
    members: Option<BTreeMap<u32, BTreeSet<usize>>>,
}

impl<'b> Copier<'b> {
    /// A copier from BTF whose records lie at `offsets`.
    pub fn new(raw: Raw<'b>, offsets: Vec<u32>) -> Self {
        Self::with_some_offsets(raw, offsets, 1)
    }

    /// A copier from BTF of which the first record and `every` so many lie at `offsets`;
    /// those between are found by stepping over them.
    pub fn with_some_offsets(raw: Raw<'b>, offsets: Vec<u32>, every: usize) -> Self {
        Self { raw, offsets, every, queue: Vec::new(), numbers: HashMap::new(), members: None }
    }

    /// Copies of structs and unions only the members with these indices, by
    /// the number of the type. Types without an entry keep no member.
    pub fn only_members(self, members: BTreeMap<u32, BTreeSet<usize>>) -> Self {
        Self { members: Some(members), ..self }
    }

    /// The new number of a type. A type that has none yet is copied as well, later.
    pub fn number_of(&mut self, old: u32) -> u32 {
        // 0 is void in both.
        if old == 0 {
            return 0;
        }
        let queue = &mut self.queue;
        *self.numbers.entry(old).or_insert_with(|| {
            queue.push(old);
            queue.len() as u32
        })
    }

    /// The record of a type of the original.
    pub fn record(&self, old: u32) -> Option<Record<'b>> {
        let place = (old as usize).checked_sub(1)?;
        let mut offset = *self.offsets.get(place / self.every)? as usize;
        for _ in 0..place % self.every {
            (_, offset) = self.raw.head_at(offset)?;
        }
        self.raw.record_at(offset)
    }

    /// The new BTF; `None` when a type refers to one that is not there, or is a
    /// function or variable.
    pub fn write(mut self) -> Option<Vec<u8>> {
        let mut types = Vec::new();
        let mut strings = Strings { raw: self.raw, bytes: vec![0], known: HashMap::from([(0, 0)]) };
        let mut next = 0;
        // Writing a record may ask for more types.
        while let Some(&old) = self.queue.get(next) {
            let record = self.record(old)?;
            self.write_record(old, &record, &mut types, &mut strings)?;
            next += 1;
        }
        // struct btf_header: magic, version, flags, length, the two sections.
        let sizes = [24, 0, types.len() as u32, types.len() as u32, strings.bytes.len() as u32];
        let mut btf = vec![0x9f, 0xeb, 1, 0];
        sizes.iter().for_each(|size| btf.extend(size.to_ne_bytes()));
        Some([btf, types, strings.bytes].concat())
    }

    fn write_record(
        &mut self,
        old: u32,
        record: &Record<'_>,
        out: &mut Vec<u8>,
        strings: &mut Strings<'_>,
    ) -> Option<()> {
        let start = out.len();
        match record.kind() {
            STRUCT | UNION => {
                let members = self.kept_members(old, record);
                out.extend_from_slice(&record.bytes[..COMMON]);
                set(out, start + 4, record.word(4) & !0xffff | members.len() as u32);
                for member in members {
                    let at = out.len();
                    out.extend_from_slice(record.bytes.get(member..member + 12)?);
                    set(out, at, strings.intern(record.word(member)));
                    set(out, at + 4, self.number_of(record.word(member + 4)));
                }
            }
            kind => {
                out.extend_from_slice(record.bytes);
                let parts = |size: usize| (COMMON..record.bytes.len()).step_by(size);
                let mut rename = |at: usize| set(out, start + at, strings.intern(record.word(at)));
                match kind {
                    ENUM => parts(8).for_each(&mut rename),
                    ENUM64 => parts(12).for_each(&mut rename),
                    // Integers, floats and forward declarations refer to no type.
                    INT | FLOAT | FWD => {}
                    // libbpf does not follow pointers: all are alike to it.
                    PTR => set(out, start + 8, 0),
                    TYPEDEF | VOLATILE | CONST | RESTRICT | TYPE_TAG => {
                        set(out, start + 8, self.number_of(record.word(8)));
                    }
                    ARRAY => {
                        let (element, index) = (record.word(COMMON), record.word(COMMON + 4));
                        set(out, start + COMMON, self.number_of(element));
                        set(out, start + COMMON + 4, self.number_of(index));
                    }
                    _ => return None,
                }
            }
        }
        set(out, start, strings.intern(record.name()));
        Some(())
    }

    /// Offsets in the record of the members that are copied.
    fn kept_members(&self, old: u32, record: &Record<'_>) -> Vec<usize> {
        let all = (COMMON..record.bytes.len()).step_by(12);
        match &self.members {
            None => all.collect(),
            Some(members) => {
                let kept = |index: &usize| members.get(&old).is_some_and(|m| m.contains(index));
                all.enumerate().filter(|(i, _)| kept(i)).map(|(_, offset)| offset).collect()
            }
        }
    }
}

fn set(out: &mut [u8], at: usize, value: u32) {
    out[at..at + 4].copy_from_slice(&value.to_ne_bytes());
}

/// The strings that the new records name, each once.
#[derive(Debug)]
struct Strings<'b> {
    raw: Raw<'b>,
    bytes: Vec<u8>,
    known: HashMap<u32, u32>,
}

impl Strings<'_> {
    fn intern(&mut self, old: u32) -> u32 {
        let (raw, bytes) = (self.raw, &mut self.bytes);
        *self.known.entry(old).or_insert_with(|| {
            let new = bytes.len() as u32;
            bytes.extend_from_slice(raw.string(old));
            bytes.push(0);
            new
        })
    }
}
