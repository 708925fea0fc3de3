// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The headers that a program may include, carried in this binary, so that a
//! build needs clang and nothing else and is the same on every machine.

use std::{collections::BTreeMap, fs, path::Path};

use bpfsign_format::Metric;

use crate::{At, Disagreement, Result, program::ProgramFile};

/// `<bpfsign/*.h>`: kernel types and helpers shared by the programs.
const OWN: [(&str, &str); 12] = [
    ("cgroup.h", include_str!("../../programs/include/bpfsign/cgroup.h")),
    ("counter.h", include_str!("../../programs/include/bpfsign/counter.h")),
    ("events.h", include_str!("../../programs/include/bpfsign/events.h")),
    ("features.h", include_str!("../../programs/include/bpfsign/features.h")),
    ("group.h", include_str!("../../programs/include/bpfsign/group.h")),
    ("histogram.h", include_str!("../../programs/include/bpfsign/histogram.h")),
    ("kernel.h", include_str!("../../programs/include/bpfsign/kernel.h")),
    ("metrics.h", include_str!("../../programs/include/bpfsign/metrics.h")),
    ("process.h", include_str!("../../programs/include/bpfsign/process.h")),
    ("socket.h", include_str!("../../programs/include/bpfsign/socket.h")),
    ("stall.h", include_str!("../../programs/include/bpfsign/stall.h")),
    ("types.h", include_str!("../../programs/include/bpfsign/types.h")),
];

/// The header that is made of `program.toml`: names, types and help of its metrics.
const METRICS: (&str, &str) = ("program", "metrics.h");

/// Every header that a program can include besides its own.
#[derive(Debug)]
pub(crate) struct Headers {
    metrics: String,
}

impl Headers {
    /// The headers for a program.
    ///
    /// # Errors
    /// [`Disagreement::Metric`]: a metric that C cannot print.
    pub(crate) fn of(program: &ProgramFile) -> Result<Self, Disagreement> {
        metrics(program).map(|metrics| Self { metrics })
    }

    /// Directory, name and text of each; `<bpf/*.h>` is libbpf's.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, &str)> {
        let own = OWN.iter().map(|(name, text)| ("bpfsign", *name, *text));
        let libbpf = libbpf_sys::API_HEADERS.iter().map(|(name, text)| ("bpf", *name, *text));
        let (directory, name) = METRICS;
        own.chain(libbpf).chain([(directory, name, self.metrics.as_str())])
    }

    /// Writes the headers below `directory`.
    pub(crate) fn write(&self, directory: &Path) -> Result<()> {
        for (subdirectory, name, text) in self.all() {
            let parent = directory.join(subdirectory);
            fs::create_dir_all(&parent).at(&parent)?;
            let path = parent.join(name);
            fs::write(&path, text).at(&path)?;
        }
        Ok(())
    }
}

/// `<program/metrics.h>`: for a metric `a_total` the macros `A_TOTAL`, `A_TOTAL_TYPE` and
/// `A_TOTAL_HELP`, so that the C source types none of them again.
fn metrics(program: &ProgramFile) -> Result<String, Disagreement> {
    let mut families: BTreeMap<&str, &Metric> = BTreeMap::new();
    for (map, metric) in
        program.maps.iter().flat_map(|(n, o)| o.metrics.iter().map(move |m| (n, m)))
    {
        let name = metric.name.as_str();
        let known = families.entry(name).or_insert(metric);
        let differs = (known.kind, &known.help) != (metric.kind, &metric.help);
        let differs = differs.then(|| "its type or help differs from another of its name".into());
        if let Some(why) = metric.text_flaw().or(differs) {
            let why = format!("metric `{name}`: {why}");
            return Err(Disagreement::Metric { map: map.clone(), why });
        }
    }
    let mut text = "/* Made of program.toml by `bpfsign build`. */\n".to_owned();
    for (name, metric) in families {
        let (defined, kind) = (name.to_ascii_uppercase(), metric.kind.name());
        // Text that is printed by a format string.
        let help = metric.help.replace('"', "\\\"").replace('%', "%%");
        text += &format!(
            "\n#define {defined} \"{name}\"\n#define {defined}_TYPE \"{kind}\"\n\
             #define {defined}_HELP \"{help}\"\n"
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "name = \"p\"\nversion = \"0.1.0\"\nsequence = 1\nsummary = \"s\"\n\
                           license = \"l\"\ntargets = []\n[maps.m]\nreaders = \"root\"\n";
    const METRIC: &str = "[[maps.m.metrics]]\nname = \"a_total\"\ntype = \"counter\"\n\
                          help = \"100 % of \\\"a\\\".\"\nvalue = \"value\"\n";

    fn header(metrics: &str) -> Result<String, Disagreement> {
        let program = toml::from_str(&format!("{PROGRAM}{metrics}")).unwrap();
        super::metrics(&program)
    }

    #[test]
    fn each_family_is_defined_once() {
        let text = header(&format!("{METRIC}{METRIC}")).unwrap();
        let defines: Vec<_> = text.lines().filter(|l| l.starts_with("#define")).collect();
        let expected = [
            r#"#define A_TOTAL "a_total""#,
            r#"#define A_TOTAL_TYPE "counter""#,
            r#"#define A_TOTAL_HELP "100 %% of \"a\".""#,
        ];
        assert_eq!(defines, expected);
        assert!(!header("").unwrap().contains("#define"));
    }

    #[test]
    fn what_c_cannot_print_is_refused() {
        for (from, to) in [
            ("a_total", "a-total"),
            ("a_total", "a\\n#define B"),
            ("100 %", "100\\n%"),
            ("100 %", "100 \\\\"),
            ("\"100 % of \\\"a\\\".\"", "\"\""),
        ] {
            let changed = METRIC.replace(from, to);
            assert_ne!(changed, METRIC);
            let error = header(&changed).unwrap_err();
            assert!(matches!(error, Disagreement::Metric { .. }), "{error}");
        }
        let other = METRIC.replace("counter", "gauge");
        assert!(header(&format!("{METRIC}{other}")).is_err());
    }
}
