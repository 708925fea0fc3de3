// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What happened between two moments, drawn.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write},
    time::Duration,
};

use bpfsign_format::{Field, MapSchema};
use serde_json::json;

use super::sample::{Entry, Sample};
use crate::bars::bars;

/// What happened in one interval.
pub(super) struct Frame {
    title: String,
    maps: Vec<MapFrame>,
}

struct MapFrame {
    pin: String,
    help: String,
    /// The names of the columns.
    columns: Vec<String>,
    /// Key, a number a second for each column, and text; the highest first.
    rows: Vec<(String, Vec<f64>, String)>,
    /// How many entries changed.
    changed: usize,
    /// The histogram of the map, if it has one, and its slots.
    histogram: Option<(Field, Vec<u64>)>,
}

impl Frame {
    pub(super) fn between(before: &Sample, now: &Sample, time: Duration, rows: usize) -> Self {
        let (name, version) = (&now.schema.package, &now.schema.version);
        let title = format!("{name} {version}, each second over {:.1} s", time.as_secs_f64());
        let none = Default::default();
        let map = |(pin, entries): (&String, _)| {
            let schema = now.schema.maps.get(pin)?;
            let before = before.maps.get(pin).unwrap_or(&none);
            Some(MapFrame::of(pin, schema, before, entries, time.as_secs_f64(), rows))
        };
        Self { title, maps: now.maps.iter().filter_map(map).collect() }
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let row = |map: &MapFrame, (key, rates, text): &(String, Vec<f64>, String)| {
            let rates: BTreeMap<_, _> = map.columns.iter().zip(rates).collect();
            json!({ "key": key, "text": text, "rates": rates })
        };
        let map = |map: &MapFrame| {
            let rows: Vec<_> = map.rows.iter().map(|r| row(map, r)).collect();
            let slots = map.histogram.as_ref().map(|(_, slots)| slots);
            json!({ "map": map.pin, "changed": map.changed, "rows": rows, "histogram": slots })
        };
        json!({ "title": self.title, "maps": self.maps.iter().map(map).collect::<Vec<_>>() })
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.title).into_bytes();
        for map in &self.maps {
            // Writing to memory cannot fail.
            let _ = map.write(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl MapFrame {
    fn of(
        pin: &str,
        schema: &MapSchema,
        before: &HashMap<String, Entry>,
        now: &HashMap<String, Entry>,
        seconds: f64,
        most: usize,
    ) -> Self {
        let columns: Vec<String> = schema.value.fields.iter().filter(is_number).map(name).collect();
        let none = Entry::default();
        let mut rows = Vec::new();
        for (key, entry) in now {
            let before = before.get(key).unwrap_or(&none);
            let rate = |column: &String| difference(before, entry, column, 0) as f64 / seconds;
            let rates: Vec<f64> = columns.iter().map(rate).collect();
            if rates.iter().any(|r| *r > 0.0) {
                rows.push((key.clone(), rates, entry.texts.join(" ")));
            }
        }
        rows.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap_or(std::cmp::Ordering::Equal));
        let changed = rows.len();
        rows.truncate(most);
        let histogram = schema.value.fields.iter().find_map(|field| {
            field.histogram.as_ref()?;
            let slot = |i| {
                now.iter()
                    .map(|(key, e)| difference(before.get(key).unwrap_or(&none), e, &field.name, i))
                    .sum()
            };
            Some((field.clone(), (0..field.count as usize).map(slot).collect()))
        });
        let (pin, help) = (pin.to_owned(), schema.help.clone());
        Self { pin, help, columns, rows, changed, histogram }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "\n{}: {}", self.pin, self.help)?;
        if self.rows.is_empty() {
            return writeln!(out, "  nothing happened");
        }
        let width = self.rows.iter().map(|(key, ..)| key.len()).max().unwrap_or(0);
        write!(out, "  {:width$}", "")?;
        self.columns.iter().try_for_each(|c| write!(out, " {c:>14}"))?;
        writeln!(out)?;
        for (key, rates, name) in &self.rows {
            write!(out, "  {key:width$}")?;
            rates.iter().try_for_each(|rate| write!(out, " {:>14}", short(*rate)))?;
            writeln!(out, "  {}", crate::printable::printable(name).replace('\n', "?"))?;
        }
        if self.changed > self.rows.len() {
            writeln!(out, "  and {} more", self.changed - self.rows.len())?;
        }
        match &self.histogram {
            Some((field, slots)) => bars(out, field, slots),
            None => Ok(()),
        }
    }
}

fn is_number(field: &&Field) -> bool {
    use bpfsign_format::Kind::{Int, Uint};
    // Times at which something was are no rates, nor are the names of runs.
    let skipped = field.name.starts_with("census") || field.name == "exec_id";
    field.count == 1 && matches!(field.kind, Uint | Int) && !skipped
}

fn name(field: &Field) -> String {
    field.name.clone()
}

/// What was added to a number. One that became smaller began anew.
fn difference(before: &Entry, now: &Entry, field: &str, i: usize) -> u64 {
    let of = |e: &Entry| e.numbers.get(field).and_then(|n| n.get(i)).copied().unwrap_or(0);
    match (of(before), of(now)) {
        (before, now) if now >= before => now - before,
        (_, now) => now,
    }
}

/// `12.3`, `4.5k`, `6.7M`.
fn short(number: f64) -> String {
    let units = ["", "k", "M", "G", "T"];
    let (mut number, mut unit) = (number, 0);
    while number >= 10_000.0 && unit + 1 < units.len() {
        (number, unit) = (number / 1000.0, unit + 1);
    }
    format!("{number:.1}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(short(0.0), "0.0");
        assert_eq!(short(9_999.0), "9999.0");
        assert_eq!(short(12_345.0), "12.3k");
    }

    #[test]
    fn a_number_that_began_anew_counts_from_nothing() {
        let entry = |n| Entry { numbers: [("n".to_owned(), vec![n])].into(), texts: Vec::new() };
        assert_eq!(difference(&entry(3), &entry(10), "n", 0), 7);
        assert_eq!(difference(&entry(10), &entry(3), "n", 0), 3);
        assert_eq!(difference(&Entry::default(), &entry(3), "n", 0), 3);
    }
}
