// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Prometheus text out of maps, by their schema (§6.4 of package-v1): what iterators
//! print on kernels that have them.

use std::{collections::BTreeMap, fmt::Write, net::Ipv4Addr, net::Ipv6Addr, ops::ControlFlow};

use bpfsign_format::{Field, Kind, Label, Layout, MapSchema, Metric, MetricKind};
use bpfsign_verify::{Host, Result};

use crate::read::{MapReader, Value, schema};

const NS_PER_SECOND: u64 = 1_000_000_000;
const US_PER_SECOND: u64 = 1_000_000;
/// Address families (include/linux/socket.h).
const IPV6: u64 = 10;

/// The text of all metrics that the schema of a loaded package describes.
///
/// # Errors
/// As [`MapReader::open`] and [`MapReader::for_each_raw`].
pub(crate) fn render(host: &Host, name: &str) -> Result<String> {
    let schema = schema(host, name)?;
    let mut families: BTreeMap<&str, Vec<(&str, &MapSchema, &Metric)>> = BTreeMap::new();
    for (pin, map) in &schema.maps {
        for metric in &map.metrics {
            families.entry(&metric.name).or_default().push((pin, map, metric));
        }
    }
    let mut text = String::new();
    for (family, metrics) in families {
        let mut samples = String::new();
        for (pin, map, metric) in &metrics {
            MapReader::open(host, name, pin)?.for_each_raw(|key, values| {
                let entry = Entry { map, key, value: values.first().copied().unwrap_or_default() };
                // Only a label that does not fit leaves an entry out.
                entry.sample(&mut samples, metric);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        // A family without samples would only be noise, as an iterator's is not printed.
        if let Some((.., metric)) = metrics.first().filter(|_| !samples.is_empty()) {
            let kind = metric.kind.name();
            let _ = write!(text, "# HELP {family} {}\n# TYPE {family} {kind}\n", metric.help);
            text += &samples;
        }
    }
    Ok(text)
}

/// One entry of a map.
struct Entry<'e> {
    map: &'e MapSchema,
    key: &'e [u8],
    value: &'e [u8],
}

impl Entry<'_> {
    /// Adds the sample, or samples, of a metric; `None` when the entry has none.
    fn sample(&self, text: &mut String, metric: &Metric) -> Option<()> {
        if let Some(when) = &metric.when {
            self.number(when).filter(|n| *n != 0)?;
        }
        let labels = self.labels(metric)?;
        let name = &metric.name;
        if metric.kind == MetricKind::Histogram {
            return self.histogram(text, metric, &labels);
        }
        let number = self.number(&metric.value)?;
        if metric.below.is_some_and(|below| number >= below) {
            return None;
        }
        let (all, value) = (braced(&labels), self.scaled(&metric.value, number));
        let written = match &metric.sum {
            None => writeln!(text, "{name}{all} {value}"),
            Some(sum) => {
                let total = self.scaled(sum, self.number(sum)?);
                writeln!(text, "{name}_sum{all} {total}\n{name}_count{all} {value}")
            }
        };
        written.ok()
    }

    fn histogram(&self, text: &mut String, metric: &Metric, labels: &str) -> Option<()> {
        let (name, all) = (&metric.name, braced(labels));
        let field = field(&self.map.value, &metric.value)?;
        let slots = Value::numbers(field, self.value);
        let comma = if labels.is_empty() { "" } else { "," };
        let (mut total, last) = (0_u64, slots.len().checked_sub(1)?);
        for (i, count) in slots.into_iter().enumerate() {
            total = total.wrapping_add(count);
            let bound = match field.histogram.as_deref() {
                _ if i == last => "+Inf".to_owned(),
                Some("log2-bytes") => ((2_u64 << i) - 1).to_string(),
                _ => micros(2_u64 << i),
            };
            writeln!(text, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {total}").ok()?;
        }
        let sum = metric.sum.as_deref()?;
        let sum = self.scaled(sum, self.number(sum)?);
        writeln!(text, "{name}_sum{all} {sum}\n{name}_count{all} {total}").ok()
    }

    fn labels(&self, metric: &Metric) -> Option<String> {
        let mut all = Vec::with_capacity(metric.labels.len());
        for (name, label) in &metric.labels {
            let value = match label {
                Label::Text(text) => text.clone(),
                Label::Field(field) => self.text(field)?,
                Label::Named(field, names) => {
                    let number = usize::try_from(self.number(field)?).ok()?;
                    names.get(number).filter(|n| !n.is_empty())?.clone()
                }
                Label::Address(address, family) => self.address(address, family)?,
            };
            all.push(format!("{name}=\"{value}\""));
        }
        Some(all.join(","))
    }

    /// A field of the key, or else of the value, with its bytes.
    fn find(&self, name: &str) -> Option<(&Field, &[u8])> {
        let in_key = field(&self.map.key, name).map(|f| (f, self.key));
        in_key.or_else(|| Some((field(&self.map.value, name)?, self.value)))
    }

    fn number(&self, name: &str) -> Option<u64> {
        let (field, bytes) = self.find(name)?;
        Value::numbers(field, bytes).first().copied()
    }

    /// As a label's value. Any process may name itself: what could end the label or the
    /// line becomes `_`, as in the text that iterators print.
    fn text(&self, name: &str) -> Option<String> {
        let (field, bytes) = self.find(name)?;
        if field.kind != Kind::Text {
            return Some(Value::field(field, bytes).to_string());
        }
        let start = field.offset as usize;
        let bytes = bytes.get(start..start + field.count as usize)?;
        let harmless = |b: &u8| match b {
            b' '..=b'~' if !b"\"\\".contains(b) => char::from(*b),
            _ => '_',
        };
        Some(bytes.iter().take_while(|b| **b != 0).map(harmless).collect())
    }

    fn address(&self, name: &str, family: &str) -> Option<String> {
        let start = field(&self.map.key, name)?.offset as usize;
        let bytes: [u8; 16] = self.key.get(start..start + 16)?.try_into().ok()?;
        Some(match self.number(family)? {
            IPV6 => Ipv6Addr::from(bytes).to_string(),
            _ => Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]).to_string(),
        })
    }

    /// In the base unit: seconds for nanoseconds.
    fn scaled(&self, name: &str, number: u64) -> String {
        let unit = field(&self.map.value, name).and_then(|f| f.unit.as_deref());
        match unit {
            Some("nanoseconds") => {
                format!("{}.{:09}", number / NS_PER_SECOND, number % NS_PER_SECOND)
            }
            _ => number.to_string(),
        }
    }
}

fn field<'l>(layout: &'l Layout, name: &str) -> Option<&'l Field> {
    layout.fields.iter().find(|f| f.name == name)
}

fn braced(labels: &str) -> String {
    match labels {
        "" => String::new(),
        labels => format!("{{{labels}}}"),
    }
}

/// Microseconds as seconds.
fn micros(us: u64) -> String {
    format!("{}.{:06}", us / US_PER_SECOND, us % US_PER_SECOND)
}
