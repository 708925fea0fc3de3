// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The numbers of a package at one moment.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::ControlFlow,
};

use bpfsign_format::{Kind, MapSchema, Schema, manifest::Readers};
use bpfsign_loader::{MapReader, Value, status};
use bpfsign_verify::{Host, Reason, Result};

/// Every number that is there, by map and key.
pub(super) struct Sample {
    pub(super) schema: Schema,
    pub(super) maps: BTreeMap<String, HashMap<String, Entry>>,
}

/// One entry of a map.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// Numbers of the value's fields, those of all CPUs added up; of arrays each element.
    pub(super) numbers: BTreeMap<String, Vec<u64>>,
    /// Its text fields.
    pub(super) texts: Vec<String>,
}

impl Sample {
    /// Reads all maps for agents that have keys.
    ///
    /// # Errors
    /// As [`MapReader::open`], when there is no map that could be read.
    pub(super) fn take(host: &Host, name: &str, schema: Schema) -> Result<Self> {
        let record = status(host, name)?.record;
        let for_agents = record.maps.into_iter().filter(|m| m.readers == Readers::Agents);
        let agents: BTreeSet<String> = for_agents.map(|m| m.pin).collect();
        let mut maps = BTreeMap::new();
        let mut refused = None;
        let shown = schema.maps.iter().filter(|(_, map)| has_numbers(map));
        for (pin, _) in shown.filter(|(pin, _)| agents.contains(*pin)) {
            match MapReader::open(host, name, pin) {
                Ok(reader) => {
                    maps.insert(pin.clone(), entries(&reader)?);
                }
                // One that cannot be opened is left out.
                Err(error) if matches!(&*error.reason, Reason::Io(_) | Reason::MapClosed) => {
                    refused = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(error) if maps.is_empty() => Err(error),
            _ => Ok(Self { schema, maps }),
        }
    }
}

/// Whether there is something in its values to watch: rings and stacks have none.
fn has_numbers(map: &MapSchema) -> bool {
    let counts = |kind| matches!(kind, Kind::Uint | Kind::Int);
    !map.key.fields.is_empty()
        && !["stack_trace", "perf_event_array"].contains(&&*map.map_type)
        && map.value.fields.iter().any(|f| counts(f.kind))
}

fn entries(reader: &MapReader) -> Result<HashMap<String, Entry>> {
    let mut found = HashMap::new();
    reader.for_each(|key, values| {
        let mut entry = Entry::default();
        for value in &values {
            entry.add(value);
        }
        found.insert(key_text(&key), entry);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// `pid=12`, or several of these.
fn key_text(key: &Value) -> String {
    let part = |(name, value): (&String, &serde_json::Value)| match value.as_str() {
        Some(text) => format!("{name}={text}"),
        None => format!("{name}={value}"),
    };
    key.0.iter().map(part).collect::<Vec<_>>().join(" ")
}

impl Entry {
    fn add(&mut self, value: &Value) {
        for (name, value) in &value.0 {
            match value {
                serde_json::Value::String(text) => self.texts.push(text.clone()),
                serde_json::Value::Array(all) => self.add_numbers(name, all),
                one => self.add_numbers(name, std::slice::from_ref(one)),
            }
        }
    }

    fn add_numbers(&mut self, name: &str, values: &[serde_json::Value]) {
        let sums = self.numbers.entry(name.to_owned()).or_insert_with(|| vec![0; values.len()]);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.wrapping_add(value.as_u64().unwrap_or(0));
        }
    }
}
