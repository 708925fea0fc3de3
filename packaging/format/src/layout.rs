// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How keys and values of maps are laid out (§6 of package-v1).

use serde::{Deserialize, Serialize};

use crate::limits;

/// A key or a value: its size and the fields that matter in it. Integers are
/// in the byte order of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// In bytes.
    pub size: u32,
    /// In ascending order of offset.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name; a member of a nested struct is `outer.inner`.
    pub name: String,
    /// From the start of the key or value, in bytes.
    pub offset: u32,
    /// Of one element, in bytes.
    pub size: u32,
    /// How many elements follow each other.
    pub count: u32,
    /// How to read an element.
    pub kind: Kind,
    /// What it counts: `nanoseconds`, `waits`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// For an array that is a histogram: `log2-microseconds` means that
    /// element i counts values from 2^i (0 for the first) below 2^(i+1), and
    /// the last everything above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<String>,
}

/// How to read an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An unsigned integer.
    Uint,
    /// A signed integer.
    Int,
    /// One byte, 0 or 1.
    Bool,
    /// Text in an array of bytes, ended by a zero byte where there is one.
    Text,
    /// Bytes that have no further structure.
    Bytes,
}

impl Field {
    pub(crate) fn fits(&self, size: u32) -> bool {
        let end = u64::from(self.offset) + u64::from(self.size) * u64::from(self.count);
        let sized = match self.kind {
            Kind::Uint | Kind::Int => matches!(self.size, 1 | 2 | 4 | 8),
            Kind::Bool | Kind::Text | Kind::Bytes => self.size == 1,
        };
        sized && (1..=limits::FIELD_COUNT).contains(&self.count) && end <= u64::from(size)
    }
}

impl Layout {
    pub(crate) fn same(&self, other: &Self) -> bool {
        let shape = |f: &Field| (f.offset, f.size, f.count, f.kind);
        let scalar = self.fields.len() == 1 && other.fields.len() == 1;
        self.size == other.size
            && self.fields.len() == other.fields.len()
            && self
                .fields
                .iter()
                .zip(&other.fields)
                .all(|(a, b)| shape(a) == shape(b) && (scalar || a.name == b.name))
    }
}
