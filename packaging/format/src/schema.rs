// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `schema.json`: how an agent reads the maps (§6).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{FormatError, Layout, Metric, limits};

/// `schema.json` in a package: the layouts for each of its variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageSchema {
    /// The schema version, 1.
    pub schema: u32,
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// By variant, then by the name that a map is pinned as.
    pub variants: BTreeMap<String, BTreeMap<String, MapSchema>>,
}

/// The layout of every pinned map of what is loaded: that of one variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The schema version, 1.
    pub schema: u32,
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The maps, by the name they are pinned as.
    pub maps: BTreeMap<String, MapSchema>,
}

/// The layout of one map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapSchema {
    /// What it holds, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// The kernel's map type, in lower case: `lru_hash`.
    #[serde(rename = "type")]
    pub map_type: String,
    /// How many entries fit.
    pub max_entries: u32,
    /// A lookup gives one value for each possible CPU, each padded to 8 bytes.
    pub per_cpu: bool,
    /// The key.
    pub key: Layout,
    /// The value.
    pub value: Layout,
    /// What its values are called as metrics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
}

impl PackageSchema {
    /// Parses a package's schema and checks that every field lies inside its
    /// layout.
    ///
    /// # Errors
    /// [`FormatError::BadSchema`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let schema: Self = parse(bytes)?;
        check_version(schema.schema)?;
        schema.variants.values().try_for_each(check_fields)?;
        Ok(schema)
    }

    /// The file's bytes: one encoding, ended by a line feed.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// The schema of one variant; `None` when there is no such variant.
    pub fn variant(&self, name: &str) -> Option<Schema> {
        Some(Schema {
            schema: self.schema,
            package: self.package.clone(),
            version: self.version.clone(),
            maps: self.variants.get(name)?.clone(),
        })
    }
}

impl Schema {
    /// Parses a schema and checks that every field lies inside its layout.
    ///
    /// # Errors
    /// [`FormatError::BadSchema`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let schema: Self = parse(bytes)?;
        check_version(schema.schema)?;
        check_fields(&schema.maps)?;
        Ok(schema)
    }

    /// The file's bytes: one encoding, ended by a line feed.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }
}

fn bad(why: impl Into<String>) -> FormatError {
    FormatError::BadSchema(why.into())
}

fn parse<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, FormatError> {
    if bytes.len() > limits::SCHEMA_BYTES {
        return Err(bad("too large"));
    }
    serde_json::from_slice(bytes).map_err(|e| bad(e.to_string()))
}

fn check_version(version: u32) -> Result<(), FormatError> {
    match version {
        1 => Ok(()),
        other => Err(bad(format!("version {other}; this program knows 1"))),
    }
}

fn check_fields(maps: &BTreeMap<String, MapSchema>) -> Result<(), FormatError> {
    for (name, map) in maps {
        for layout in [&map.key, &map.value] {
            if let Some(field) = layout.fields.iter().find(|f| !f.fits(layout.size)) {
                return Err(bad(format!("field `{}` of map `{name}` does not fit", field.name)));
            }
        }
        map.check_metrics().map_err(|why| bad(format!("map `{name}`: {why}")))?;
    }
    Ok(())
}

fn encode(schema: &impl Serialize) -> Vec<u8> {
    // Strings, integers and maps with string keys always serialize.
    let mut bytes = serde_json::to_vec_pretty(schema).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

impl MapSchema {
    /// Whether every metric fits the map (§6.4).
    ///
    /// # Errors
    /// What is wrong with the first that does not.
    pub fn check_metrics(&self) -> Result<(), String> {
        let mut flaws = self
            .metrics
            .iter()
            .filter_map(|m| Some((&m.name, m.flaw(&self.key, &self.value, self.per_cpu)?)));
        match flaws.next() {
            Some((name, flaw)) => Err(format!("metric `{name}`: {flaw}")),
            None => Ok(()),
        }
    }

    /// Whether both describe the same bytes; names of scalars, units and help
    /// do not matter, names of struct members do.
    #[must_use]
    pub fn same_layout(&self, other: &Self) -> bool {
        self.map_type == other.map_type
            && self.max_entries == other.max_entries
            && self.per_cpu == other.per_cpu
            && self.key.same(&other.key)
            && self.value.same(&other.value)
    }
}
