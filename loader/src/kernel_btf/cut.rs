// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Cutting types out of BTF, with all that libbpf looks at when it relocates
//! against them (relo_core.c): members, and what is embedded in them, but not
//! what pointers point to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    KernelBtf,
    read::{
        ARRAY, COMMON, CONST, ENUM, ENUM64, FUNC, PTR, RESTRICT, Raw, Record, STRUCT, TYPE_TAG,
        TYPEDEF, UNION, VOLATILE,
    },
};

/// Cuts the structs, unions and enums called `types` (with any `___flavour`)
/// out of `btf`, and finds the numbers of `hooks`: section, name, kind. `None`
/// when one of them is not there, as it may be in a module's BTF.
pub(super) fn cut(
    btf: &[u8],
    types: &BTreeSet<String>,
    hooks: &[(String, String, u32)],
) -> Option<KernelBtf> {
    let raw = Raw::new(btf)?;
    let types: Vec<_> = types.iter().map(|name| Name::new(name)).collect();
    let hooks: Vec<_> = hooks
        .iter()
        .map(|(section, name, kind)| Some((section, raw.offset_of(name)?, *kind)))
        .collect::<Option<_>>()?;
    let mut found = vec![false; types.len()];
    let mut numbers = BTreeMap::new();
    let mut offsets = Vec::with_capacity(1 << 17);
    let mut roots = Vec::new();
    let mut at = 0;
    while let Some((head, next)) = raw.head_at(at) {
        offsets.push(at as u32);
        match head.kind {
            STRUCT | UNION | ENUM | ENUM64 => {
                let string = raw.strings_from(head.name);
                if let Some(i) = types.iter().position(|name| name.is(string)) {
                    found[i] = true;
                    roots.push(offsets.len() as u32);
                }
            }
            TYPEDEF | FUNC => {
                let is = |hook: &&(_, u32, u32)| (hook.1, hook.2) == (head.name, head.kind);
                if let Some((section, ..)) = hooks.iter().find(is) {
                    let section: &String = section;
                    numbers.entry(section.clone()).or_insert(offsets.len() as u32);
                }
            }
            _ => {}
        }
        at = next;
    }
    let complete = raw.is_end(at) && found.iter().all(|f| *f);
    if !complete || hooks.iter().any(|(section, ..)| !numbers.contains_key(*section)) {
        return None;
    }
    let mut output = Output { raw, offsets, queue: Vec::new(), numbers: HashMap::new() };
    for root in roots {
        output.number_of(root);
    }
    Some(KernelBtf { types: output.write()?, hooks: numbers })
}

/// A name, with or without a flavour, to look for among 20,000 types: its first
/// eight bytes tell nearly all others apart.
struct Name<'n> {
    name: &'n [u8],
    first: u64,
    mask: u64,
}

impl<'n> Name<'n> {
    fn new(name: &'n str) -> Self {
        let name = name.as_bytes();
        let (mut first, mut mask) = ([0; 8], [0; 8]);
        for (i, byte) in name.iter().take(8).enumerate() {
            (first[i], mask[i]) = (*byte, 0xff);
        }
        Self { name, first: u64::from_ne_bytes(first), mask: u64::from_ne_bytes(mask) }
    }

    /// Whether the zero-terminated string is this name, a flavour aside.
    fn is(&self, string: &[u8]) -> bool {
        let likely = match string.first_chunk() {
            Some(first) => u64::from_ne_bytes(*first) & self.mask == self.first,
            // The last few strings.
            None => true,
        };
        likely
            && string
                .strip_prefix(self.name)
                .is_some_and(|rest| rest.first() == Some(&0) || rest.starts_with(b"___"))
    }
}

/// The cut-out types in their new order.
struct Output<'b> {
    raw: Raw<'b>,
    /// Of each type's record, in the kernel's order.
    offsets: Vec<u32>,
    /// The kernel's numbers, in the new order.
    queue: Vec<u32>,
    /// New numbers by the kernel's.
    numbers: HashMap<u32, u32>,
}

impl<'b> Output<'b> {
    /// The new number of a type, which is put in line if it has none yet.
    fn number_of(&mut self, old: u32) -> u32 {
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

    fn record(&self, old: u32) -> Option<Record<'b>> {
        let offset = *self.offsets.get((old as usize).checked_sub(1)?)?;
        self.raw.record_at(offset as usize)
    }

    fn write(mut self) -> Option<Vec<u8>> {
        let mut types = Vec::new();
        let mut strings = Strings { raw: self.raw, bytes: vec![0], known: HashMap::from([(0, 0)]) };
        let mut next = 0;
        // Writing a record may put more types in line.
        while let Some(&old) = self.queue.get(next) {
            let record = self.record(old)?;
            self.write_record(&record, &mut types, &mut strings);
            next += 1;
        }
        // struct btf_header: magic, version, flags, length, the two sections.
        let sizes = [24, 0, types.len() as u32, types.len() as u32, strings.bytes.len() as u32];
        let mut btf = vec![0x9f, 0xeb, 1, 0];
        sizes.iter().for_each(|size| btf.extend(size.to_ne_bytes()));
        Some([btf, types, strings.bytes].concat())
    }

    fn write_record(&mut self, record: &Record<'_>, out: &mut Vec<u8>, strings: &mut Strings<'_>) {
        let start = out.len();
        out.extend_from_slice(record.bytes);
        let mut set = |at: usize, value: u32| {
            out[start + at..start + at + 4].copy_from_slice(&value.to_ne_bytes());
        };
        set(0, strings.intern(record.name()));
        let parts = |size: usize| (COMMON..record.bytes.len()).step_by(size);
        match record.kind() {
            // libbpf does not follow pointers: all are alike to it.
            PTR => set(8, 0),
            TYPEDEF | VOLATILE | CONST | RESTRICT | TYPE_TAG => {
                set(8, self.number_of(record.word(8)));
            }
            ARRAY => {
                set(COMMON, self.number_of(record.word(COMMON)));
                set(COMMON + 4, self.number_of(record.word(COMMON + 4)));
            }
            STRUCT | UNION => {
                for member in parts(12) {
                    set(member, strings.intern(record.word(member)));
                    set(member + 4, self.number_of(record.word(member + 4)));
                }
            }
            ENUM => parts(8).for_each(|v| set(v, strings.intern(record.word(v)))),
            ENUM64 => parts(12).for_each(|v| set(v, strings.intern(record.word(v)))),
            // Integers, floats and forward declarations refer to no type.
            _ => {}
        }
    }
}

/// The strings that the new records name, each once.
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

#[cfg(test)]
mod tests {
    use super::*;

    const STRINGS: &[u8] = b"\0int\0outer\0x\0p\0inner\0y\0other\0btf_trace_hook\0outer___old\0";

    fn at(name: &str) -> u32 {
        let needle = [b"\0", name.as_bytes(), b"\0"].concat();
        STRINGS.windows(needle.len()).position(|w| w == needle).unwrap() as u32 + 1
    }

    /// 1 int, 2 `struct other {}`, 3 `struct other *`, 4 `struct inner { int y; }`,
    /// 5 `struct outer { int x; struct other *p; struct inner; }`, 6 the hook's
    /// typedef, 7 `struct outer___old { int x; }`.
    fn btf() -> Vec<u8> {
        let info = |kind: u32, count: u32| kind << 24 | count;
        let words = [
            [at("int"), info(1, 0), 4, 32].as_slice(),
            &[at("other"), info(STRUCT, 0), 0],
            &[0, info(PTR, 0), 2],
            &[at("inner"), info(STRUCT, 1), 4, at("y"), 1, 0],
            &[at("outer"), info(STRUCT, 3), 24, at("x"), 1, 0, at("p"), 3, 64, 0, 4, 128],
            &[at("btf_trace_hook"), info(TYPEDEF, 0), 3],
            &[at("outer___old"), info(STRUCT, 1), 4, at("x"), 1, 0],
        ]
        .concat();
        let types: Vec<u8> = words.iter().flat_map(|w| w.to_ne_bytes()).collect();
        let sizes = [24, 0, types.len() as u32, types.len() as u32, STRINGS.len() as u32];
        let header = sizes.iter().flat_map(|w| w.to_ne_bytes());
        [0x9f, 0xeb, 1, 0].into_iter().chain(header).chain(types).chain(STRINGS.to_vec()).collect()
    }

    fn wanted(types: &[&str]) -> BTreeSet<String> {
        types.iter().map(|t| (*t).to_owned()).collect()
    }

    fn hook() -> (String, String, u32) {
        ("tp_btf/hook".into(), "btf_trace_hook".into(), TYPEDEF)
    }

    #[test]
    fn cuts_types_with_what_is_embedded_and_finds_hooks() {
        let part = cut(&btf(), &wanted(&["outer"]), &[hook()]).unwrap();
        assert_eq!(part.hooks, BTreeMap::from([("tp_btf/hook".to_owned(), 6)]));
        let raw = Raw::new(&part.types).unwrap();
        let mut names = Vec::new();
        let mut offset = 0;
        while let Some((head, next)) = raw.head_at(offset) {
            names.push((head.kind, String::from_utf8(raw.string(head.name).to_vec()).unwrap()));
            if head.kind == PTR {
                assert_eq!(raw.record_at(offset).unwrap().word(8), 0, "pointers lead nowhere");
            }
            offset = next;
        }
        assert!(raw.is_end(offset));
        // Both flavours first, then what their members need; `other` is not needed.
        let expected = [(4, "outer"), (4, "outer___old"), (1, "int"), (PTR, ""), (4, "inner")];
        assert_eq!(names, expected.map(|(kind, name)| (kind, name.to_owned())));
    }

    #[test]
    fn what_is_not_there_or_cut_off_is_not_cut() {
        let whole = btf();
        assert!(cut(&whole, &wanted(&["outer", "absent"]), &[]).is_none());
        assert!(cut(&whole, &wanted(&["out"]), &[]).is_none());
        let absent = ("iter/x".to_owned(), "bpf_iter_x".to_owned(), FUNC);
        assert!(cut(&whole, &wanted(&["outer"]), &[absent]).is_none());
        for length in 0..whole.len() {
            assert!(cut(&whole[..length], &wanted(&["outer"]), &[hook()]).is_none(), "{length}");
        }
    }
}
