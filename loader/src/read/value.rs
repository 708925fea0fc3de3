// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Keys and values as numbers and text.

use bpfsign_format::{Field, Kind, Layout};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Number, Value as Json};

/// A key or value as it is in the map, which serializes as its fields by name; nothing is
/// decoded before.
#[derive(Debug, Clone, Copy)]
pub struct RawValue<'v> {
    /// How to read it.
    pub layout: &'v Layout,
    /// Its bytes.
    pub bytes: &'v [u8],
}

impl Serialize for RawValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.layout.fields.len()))?;
        for field in &self.layout.fields {
            map.serialize_entry(&field.name, &RawField { field, bytes: self.bytes })?;
        }
        map.end()
    }
}

struct RawField<'v> {
    field: &'v Field,
    bytes: &'v [u8],
}

impl Serialize for RawField<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { field, bytes } = *self;
        let size = field.size as usize;
        let bytes = bytes_of(field, bytes);
        match field.kind {
            Kind::Text | Kind::Bytes => decode_field(field, self.bytes).serialize(serializer),
            _ if field.count != 1 => {
                serializer.collect_seq(bytes.chunks_exact(size).map(|c| number_of(field.kind, c)))
            }
            _ => number_of(field.kind, bytes).serialize(serializer),
        }
    }
}

/// A number of a map.
enum RawNumber {
    Uint(u64),
    Int(i64),
    Bool(bool),
}

impl Serialize for RawNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Uint(n) => serializer.serialize_u64(n),
            Self::Int(n) => serializer.serialize_i64(n),
            Self::Bool(b) => serializer.serialize_bool(b),
        }
    }
}

/// A decoded key or value: its fields by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Value(pub Map<String, Json>);

impl Value {
    /// Decodes bytes by their layout. Bytes that are missing read as 0, which
    /// the size check at opening rules out.
    pub fn decode(layout: &Layout, bytes: &[u8]) -> Self {
        Self(layout.fields.iter().map(|f| (f.name.clone(), decode_field(f, bytes))).collect())
    }

    /// One field of a key or value.
    pub(crate) fn field(field: &Field, bytes: &[u8]) -> Json {
        decode_field(field, bytes)
    }

    /// The unsigned numbers of a field, one for each element.
    pub(crate) fn numbers(field: &Field, bytes: &[u8]) -> Vec<u64> {
        let unsigned = |chunk| match number_of(Kind::Uint, chunk) {
            RawNumber::Uint(n) => n,
            _ => 0,
        };
        bytes_of(field, bytes).chunks_exact(field.size as usize).map(unsigned).collect()
    }
}

fn decode_field(field: &Field, bytes: &[u8]) -> Json {
    let (size, bytes) = (field.size as usize, bytes_of(field, bytes));
    match field.kind {
        Kind::Text => {
            let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
            Json::String(String::from_utf8_lossy(&bytes[..end]).into_owned())
        }
        Kind::Bytes => Json::String(bytes.iter().map(|b| format!("{b:02x}")).collect()),
        Kind::Uint | Kind::Int | Kind::Bool if field.count == 1 => decode_number(field, bytes),
        Kind::Uint | Kind::Int | Kind::Bool => {
            Json::Array(bytes.chunks_exact(size).map(|c| decode_number(field, c)).collect())
        }
    }
}

fn bytes_of<'v>(field: &Field, value: &'v [u8]) -> &'v [u8] {
    let (start, size) = (field.offset as usize, field.size as usize);
    value.get(start..start + size * field.count as usize).unwrap_or_default()
}

fn decode_number(field: &Field, bytes: &[u8]) -> Json {
    match number_of(field.kind, bytes) {
        RawNumber::Uint(n) => Json::Number(Number::from(n)),
        RawNumber::Int(n) => Json::Number(Number::from(n)),
        RawNumber::Bool(b) => Json::Bool(b),
    }
}

/// One integer in the host's byte order.
fn number_of(kind: Kind, bytes: &[u8]) -> RawNumber {
    let mut wide = [0; 8];
    let size = bytes.len().min(8);
    if cfg!(target_endian = "little") {
        wide[..size].copy_from_slice(&bytes[..size]);
    } else {
        wide[8 - size..].copy_from_slice(&bytes[..size]);
    }
    let number = u64::from_ne_bytes(wide);
    match kind {
        Kind::Bool => RawNumber::Bool(number != 0),
        Kind::Int => {
            let unused = 64 - 8 * size as u32;
            RawNumber::Int((number.wrapping_shl(unused) as i64) >> unused.min(63))
        }
        _ => RawNumber::Uint(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, offset: u32, size: u32, count: u32, kind: Kind) -> Field {
        Field { name: name.into(), offset, size, count, kind, unit: None, histogram: None }
    }

    #[test]
    fn decodes_every_kind() {
        let fields = vec![
            field("u", 0, 4, 1, Kind::Uint),
            field("i", 4, 2, 1, Kind::Int),
            field("b", 6, 1, 1, Kind::Bool),
            field("slots", 8, 8, 2, Kind::Uint),
            field("comm", 24, 1, 4, Kind::Text),
            field("raw", 28, 1, 2, Kind::Bytes),
        ];
        let mut bytes = Vec::new();
        bytes.extend(7_u32.to_ne_bytes());
        bytes.extend((-3_i16).to_ne_bytes());
        bytes.extend([1, 0]);
        bytes.extend(u64::MAX.to_ne_bytes());
        bytes.extend(5_u64.to_ne_bytes());
        bytes.extend(*b"go\0x");
        bytes.extend([0xab, 0x01]);
        let value = Value::decode(&Layout { size: 30, fields }, &bytes);
        let expected = serde_json::json!({
            "u": 7, "i": -3, "b": true, "slots": [u64::MAX, 5], "comm": "go", "raw": "ab01"
        });
        assert_eq!(Json::Object(value.0), expected);
    }
}
