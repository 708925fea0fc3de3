// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Maps as text for people; histograms as bars.

use std::io::{self, Write};

use bpfsign_format::{Field, MapSchema, Schema};
use bpfsign_loader::Value;
use serde_json::Value as Json;

use crate::bars::bars;

/// The maps of a package, a line each.
pub(super) fn summary(schema: &Schema) -> String {
    let mut text = String::new();
    for (name, map) in &schema.maps {
        text += &format!("{name}  {} of at most {}  {}\n", map.map_type, map.max_entries, map.help);
        text += &format!("  {}\n", fields(map));
    }
    text
}

/// The names of a map's fields.
pub(super) fn fields(map: &MapSchema) -> String {
    let names =
        |fields: &[Field]| fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ");
    format!("key: {}; value: {}", names(&map.key.fields), names(&map.value.fields))
}

/// The sum of a numeric field over all CPUs.
pub(super) fn total(values: &[Value], field: &str) -> u128 {
    values.iter().filter_map(|v| v.0.get(field)?.as_u64()).map(u128::from).sum()
}

pub(super) fn entry(
    out: &mut impl Write,
    map: &MapSchema,
    key: &Value,
    values: &[Value],
) -> io::Result<()> {
    let key = plain(&map.key.fields, key);
    for (cpu, value) in values.iter().enumerate() {
        let place = if map.per_cpu { format!(" cpu={cpu}") } else { String::new() };
        writeln!(out, "{key}{place} {}", plain(&map.value.fields, value))?;
        for field in map.value.fields.iter().filter(|f| f.histogram.is_some()) {
            histogram(out, field, value)?;
        }
    }
    Ok(())
}

/// The fields that are no histogram, as `name=value`.
fn plain(fields: &[Field], value: &Value) -> String {
    let shown = fields.iter().filter(|f| f.histogram.is_none());
    let pairs = shown.filter_map(|f| {
        let printed = match value.0.get(&f.name)? {
            // Debug escapes whatever a process calls itself.
            Json::String(text) => format!("{text:?}"),
            other => other.to_string(),
        };
        Some(format!("{}={printed}", f.name))
    });
    pairs.collect::<Vec<_>>().join(" ")
}

fn histogram(out: &mut impl Write, field: &Field, value: &Value) -> io::Result<()> {
    let Some(Json::Array(slots)) = value.0.get(&field.name) else { return Ok(()) };
    let counts: Vec<u64> = slots.iter().map(|n| n.as_u64().unwrap_or(0)).collect();
    bars(out, field, &counts)
}
