// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every language needs to know of a package's maps.

use std::collections::BTreeMap;

use bpfsign_format::{Field, Kind, Layout, MapSchema};

/// The maps of a package that agents read.
pub(super) struct Model {
    pub(super) package: String,
    pub(super) version: String,
    pub(super) maps: Vec<Map>,
}

/// One map.
pub(super) struct Map {
    /// The pin's name.
    pub(super) pin: String,
    /// One line for people; may be empty.
    pub(super) help: String,
    pub(super) max_entries: u32,
    pub(super) per_cpu: bool,
    pub(super) key: Record,
    pub(super) value: Record,
}

/// A key or a value.
pub(super) struct Record {
    pub(super) size: u32,
    pub(super) fields: Vec<Member>,
}

/// A field, under a name that is an identifier in every language.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) field: Field,
}

/// Words that some language keeps for itself.
const RESERVED: [&str; 30] = [
    "as", "break", "case", "class", "const", "continue", "def", "default", "del", "else", "enum",
    "for", "from", "func", "if", "import", "in", "int", "is", "long", "map", "match", "move",
    "ref", "return", "self", "static", "struct", "type", "use",
];

impl Model {
    pub(super) fn new(package: &str, version: &str, maps: BTreeMap<String, MapSchema>) -> Self {
        let maps = maps.into_iter().map(|(pin, map)| Map {
            pin,
            // It ends up in comments of every kind.
            help: map.help.replace("*/", "").replace(['\n', '\r'], " "),
            max_entries: map.max_entries,
            per_cpu: map.per_cpu,
            key: Record::of(map.key),
            value: Record::of(map.value),
        });
        Self { package: package.to_owned(), version: version.to_owned(), maps: maps.collect() }
    }

    /// The package's name as an identifier.
    pub(super) fn ident(&self) -> String {
        ident(&self.package)
    }
}

impl Record {
    fn of(layout: Layout) -> Self {
        let fields = layout.fields.into_iter();
        let fields = fields.map(|field| Member { name: ident(&field.name), field });
        Self { size: layout.size, fields: fields.collect() }
    }
}

impl Member {
    /// Whether it is an array of numbers.
    pub(super) fn is_array(&self) -> bool {
        self.field.count != 1 && !self.is_bytes()
    }

    /// Whether it is text, or bytes without structure.
    pub(super) fn is_bytes(&self) -> bool {
        matches!(self.field.kind, Kind::Text | Kind::Bytes)
    }

    /// Bits of one element.
    pub(super) fn bits(&self) -> u32 {
        self.field.size * 8
    }

    pub(super) fn is_signed(&self) -> bool {
        self.field.kind == Kind::Int
    }
}

/// Letters, digits and `_`, not beginning with a digit, and no word of a language.
fn ident(name: &str) -> String {
    let mut ident: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if RESERVED.contains(&ident.as_str()) || ident.starts_with(|c: char| c.is_ascii_digit()) {
        ident.push('_');
    }
    ident
}

/// `sched_latency` as `SchedLatency`.
pub(super) fn camel(ident: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    ident.split(['_', '-']).map(word).collect()
}
