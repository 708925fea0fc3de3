// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The metrics of a map's values (§6.4 of package-v1). A program's own iterator prints them;
//! where the kernel has no iterators, the package's holder does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Field, Kind, Layout};

/// Histograms whose bounds are known (§6.1).
const HISTOGRAMS: [&str; 2] = ["log2-microseconds", "log2-bytes"];

/// A metric whose samples are the entries of a map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The name of the family: `bpfsign_sched_latency_seconds`.
    pub name: String,
    /// What kind of metric it is.
    #[serde(rename = "type")]
    pub kind: MetricKind,
    /// One sentence for people.
    pub help: String,
    /// The field of the value with the sample; of a histogram, its slots; of a summary,
    /// its count.
    pub value: String,
    /// The field with the sum of a histogram or summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<String>,
    /// An entry whose value has 0 in this field has no sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// From this number on, a value means that there is nothing to show: a limit that is not
    /// set, for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<u64>,
    /// The labels by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Label>,
}

/// What kind of metric it is, as the Prometheus text format names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    /// It only rises.
    Counter,
    /// It rises and falls.
    Gauge,
    /// Counts by size, from a field with a histogram.
    Histogram,
    /// A count and a sum.
    Summary,
}

impl MetricKind {
    /// As the text format names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
        }
    }
}

/// Where a label's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Label {
    /// Always the same.
    Text(String),
    /// A field of the key, or else of the value.
    Field(String),
    /// A field of the key that is a number, and the names of numbers from 0 on; an entry
    /// whose number has none, or an empty one, has no sample.
    Named(String, Vec<String>),
    /// A field of the key with the 16 bytes of an address, of which an IPv4 address uses
    /// four, and the field with its family (2 or 10, include/linux/socket.h).
    Address(String, String),
}

impl Metric {
    /// What is wrong with its name or help; `None` when nothing is.
    #[must_use]
    pub fn text_flaw(&self) -> Option<String> {
        if !is_name(&self.name) {
            return Some("its name must be of a-z, 0-9 and _, and start with a letter".to_owned());
        }
        let one_line = !self.help.is_empty() && !self.help.contains(['\n', '\\']);
        (!one_line).then(|| "its help must be one line without a backslash".to_owned())
    }

    /// What is wrong with it for a map with this key and value; `None` when nothing is.
    #[must_use]
    pub(crate) fn flaw(&self, key: &Layout, values: &Layout, per_cpu: bool) -> Option<String> {
        let value = |name: &str| values.fields.iter().find(|f| f.name == *name);
        let number = |name: &str| value(name).is_some_and(|f| f.kind == Kind::Uint && f.count == 1);
        let sampled = match (self.kind, value(&self.value)) {
            (MetricKind::Histogram, Some(field)) => {
                field.histogram.as_deref().is_some_and(|h| HISTOGRAMS.contains(&h))
            }
            (_, Some(_)) => number(&self.value),
            (_, None) => false,
        };
        let summed = matches!(self.kind, MetricKind::Histogram | MetricKind::Summary);
        if let Some(flaw) = self.text_flaw() {
            return Some(flaw);
        }
        if !sampled {
            let wanted = match self.kind {
                MetricKind::Histogram => "a field with a histogram",
                _ => "an unsigned number",
            };
            return Some(format!("`value` must name {wanted} in the map's value"));
        }
        if self.sum.is_some() != summed {
            return Some("`sum` belongs to histograms and summaries, and to no other".to_owned());
        }
        if ![&self.sum, &self.when].into_iter().flatten().all(|f| number(f)) {
            return Some(
                "`sum` and `when` must name unsigned numbers in the map's value".to_owned(),
            );
        }
        if per_cpu {
            return Some("a per-CPU map has a value for each CPU, and a metric has one".to_owned());
        }
        let mut wrong = self.labels.iter().filter(|(name, label)| {
            !is_name(name) || name.as_str() == "le" || !label.fits(key, values)
        });
        wrong.next().map(|(name, _)| format!("label {name:?} does not fit the map"))
    }
}

impl Label {
    fn fits(&self, key: &Layout, value: &Layout) -> bool {
        let number = |name: &str| {
            key.fields.iter().any(|f| f.name == *name && f.kind == Kind::Uint && f.count == 1)
        };
        match self {
            Self::Text(text) => is_label_text(text),
            Self::Field(name) => {
                let mut all = key.fields.iter().chain(&value.fields);
                let fits = |f: &Field| match f.kind {
                    Kind::Text => true,
                    Kind::Bytes => false,
                    _ => f.count == 1,
                };
                all.any(|f| f.name == *name && fits(f))
            }
            Self::Named(name, names) => number(name) && names.iter().all(|n| is_label_text(n)),
            Self::Address(name, family) => {
                let mut all = key.fields.iter();
                let is_address = |f: &Field| f.name == *name && f.size * f.count == 16;
                number(family) && all.any(is_address)
            }
        }
    }
}

/// A name that Prometheus and OpenMetrics take as it is.
fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Text that needs no escapes.
fn is_label_text(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() && c != '"' && c != '\\')
}
