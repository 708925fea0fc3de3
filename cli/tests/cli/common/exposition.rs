// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the Prometheus text format and OpenMetrics ask of a text.

use std::collections::BTreeSet;

/// Suffixes of samples by the type of their metric.
const SUFFIXES: [(&str, &[&str]); 4] = [
    ("counter", &[""]),
    ("gauge", &[""]),
    ("histogram", &["_bucket", "_sum", "_count"]),
    ("summary", &["_sum", "_count"]),
];
/// Units that OpenMetrics names; everything that is measured has one of them.
const UNITS: [&str; 2] = ["seconds", "bytes"];

/// Panics with the line that is wrong. A text may be empty: a map that holds nothing.
pub fn check(text: &str) {
    let (mut seen, mut now) = (BTreeSet::new(), None);
    let mut lines = text.lines();
    let mut series = BTreeSet::new();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, says) = help.split_once(' ').unwrap();
            assert!(says.ends_with('.'), "{line}");
            let kind = lines.next().and_then(|l| l.strip_prefix("# TYPE ")).unwrap();
            let kind = kind.strip_prefix(name).unwrap().trim_start();
            check_name(name, kind);
            assert!(seen.insert(name.to_owned()), "{name} comes twice");
            now = Some((name, kind));
            continue;
        }
        let (name, kind) = now.unwrap_or_else(|| panic!("no metric before {line}"));
        let suffixes = SUFFIXES.iter().find(|(k, _)| *k == kind).unwrap().1;
        let (labelled, value) = line.rsplit_once(' ').unwrap();
        value.parse::<f64>().unwrap_or_else(|_| panic!("{line}"));
        let sample = labelled.split('{').next().unwrap();
        assert!(suffixes.iter().any(|s| sample == format!("{name}{s}")), "{line} of {name}");
        assert!(series.insert(labelled.to_owned()), "{labelled} comes twice");
    }
}

fn check_name(name: &str, kind: &str) {
    assert!(name.starts_with("bpfsign_"), "{name}");
    assert!(name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_'));
    assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
    if kind == "histogram" || kind == "summary" {
        assert!(UNITS.iter().any(|u| name.ends_with(&format!("_{u}"))), "{name} has no unit");
    }
}
