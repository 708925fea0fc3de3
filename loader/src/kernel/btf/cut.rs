// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Cutting types out of the kernel's BTF.

use std::collections::{BTreeMap, BTreeSet};

use bpfsign_format::bpf::raw_btf::{
    Copier, Raw,
    kind::{ENUM, ENUM64, FUNC, STRUCT, TYPEDEF, UNION},
};

use super::KernelBtf;

/// Where every so many records lie is remembered, to find the others from there.
const EVERY: u32 = 16;

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
    let mut offsets = Vec::new();
    let mut roots = Vec::new();
    let maybe_type = Filter::of(types.iter().filter_map(|t| Some((*t.name.first()?).into())));
    let maybe_hook = Filter::of(hooks.iter().map(|(_, name, _)| *name));
    // Loops without closures: a hundred thousand turns, also where code is kept small.
    let (mut at, mut number) = (0, 0);
    while let Some((head, next)) = raw.head_at(at) {
        if number % EVERY == 0 {
            offsets.push(at as u32);
        }
        number += 1;
        match head.kind {
            STRUCT | UNION | ENUM | ENUM64 => {
                let string = raw.strings_from(head.name);
                let first = string.first().copied().unwrap_or(0);
                let candidates = if maybe_type.has(first.into()) { &types[..] } else { &[] };
                for (i, name) in candidates.iter().enumerate() {
                    if name.is(string) {
                        found[i] = true;
                        roots.push(number);
                    }
                }
            }
            TYPEDEF | FUNC if maybe_hook.has(head.name) => {
                // A function may have hooks at its start and at its return.
                for (section, name, kind) in &hooks {
                    if (*name, *kind) == (head.name, head.kind) {
                        numbers.entry((*section).clone()).or_insert(number);
                    }
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
    let mut copier = Copier::with_some_offsets(raw, offsets, EVERY as usize);
    for root in roots {
        copier.number_of(root);
    }
    Some(KernelBtf { types: copier.write()?, hooks: numbers })
}

/// The numbers of those of the `hooks` (section, name, kind) that `btf` has.
pub(super) fn numbers(btf: &[u8], hooks: &[(String, String, u32)]) -> BTreeMap<String, u32> {
    let mut numbers = BTreeMap::new();
    let Some(raw) = Raw::new(btf) else { return numbers };
    let there = |(section, name, kind): &(String, String, u32)| {
        Some((section.clone(), raw.offset_of(name)?, *kind))
    };
    let hooks: Vec<_> = hooks.iter().filter_map(there).collect();
    let (mut at, mut number) = (0, 1);
    while let Some((head, next)) = raw.head_at(at) {
        for (section, ..) in hooks.iter().filter(|h| (h.1, h.2) == (head.name, head.kind)) {
            numbers.entry(section.clone()).or_insert(number);
        }
        (at, number) = (next, number + 1);
    }
    numbers
}

/// A set of the last six bits of some numbers: a number whose bits are not in it is not one of
/// them.
struct Filter(u64);

impl Filter {
    fn of(numbers: impl Iterator<Item = u32>) -> Self {
        Self(numbers.fold(0, |bits, number| bits | 1 << (number & 63)))
    }

    #[inline(always)]
    fn has(&self, number: u32) -> bool {
        self.0 >> (number & 63) & 1 == 1
    }
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
    #[inline(always)]
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

#[cfg(test)]
mod tests {
    use bpfsign_format::bpf::raw_btf::kind::PTR;

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
