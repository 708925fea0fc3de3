// SPDX-License-Identifier: Apache-2.0 OR MIT
//! §4: manifests that the trusted key did sign, and that are refused all the
//! same.

use bpfsign_format::Manifest;

use crate::{Sample, Vector, refused, untrusted};

pub(crate) fn vectors(sample: &Sample) -> Vec<Vector> {
    let mut vectors = texts(sample);
    vectors.extend(values(sample));
    let mut expired = sample.manifest();
    expired.expires = Some("2020-02-29".into());
    let bytes = sample.package_for(expired.encode().as_bytes());
    vectors.push(untrusted("expired", "5.7", "expired", bytes));
    vectors
}

/// The manifest's text, changed.
fn texts(sample: &Sample) -> Vec<Vector> {
    let good = sample.manifest().encode();
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let texts = [
        ("manifest-empty", "4.1", "manifest-toml", String::new()),
        ("manifest-is-json", "4.1", "manifest-toml", "{\"format\": 1}\n".into()),
        (
            "manifest-unknown-key",
            "4.1",
            "manifest-toml",
            replaced("license", "run = \"x\"\nlicense"),
        ),
        ("manifest-unknown-table", "4.1", "manifest-toml", format!("{good}\n[extra]\nx = 1\n")),
        (
            "manifest-duplicate-key",
            "4.1",
            "manifest-toml",
            replaced("sequence = 7", "sequence = 7\nsequence = 8"),
        ),
        ("manifest-missing-key", "4.1", "manifest-toml", replaced("sequence = 7\n", "")),
        (
            "manifest-wrong-type",
            "4.1",
            "manifest-toml",
            replaced("sequence = 7", "sequence = \"7\""),
        ),
        (
            "manifest-negative-sequence",
            "4.1",
            "manifest-toml",
            replaced("sequence = 7", "sequence = -7"),
        ),
        (
            "manifest-unknown-readers",
            "4.1",
            "manifest-toml",
            replaced("\"agents\"", "\"everyone\""),
        ),
        ("manifest-comment", "4.2", "manifest-not-canonical", format!("# hello\n{good}")),
        ("manifest-crlf", "4.2", "manifest-not-canonical", good.replace('\n', "\r\n")),
        ("manifest-byte-order-mark", "4.2", "manifest-not-canonical", format!("\u{feff}{good}")),
        ("manifest-trailing-newline", "4.2", "manifest-not-canonical", format!("{good}\n")),
        (
            "manifest-literal-string",
            "4.2",
            "manifest-not-canonical",
            replaced("\"sample\"", "'sample'"),
        ),
        (
            "manifest-hexadecimal-number",
            "4.2",
            "manifest-not-canonical",
            replaced("sequence = 7", "sequence = 0x7"),
        ),
        (
            "manifest-keys-reordered",
            "4.2",
            "manifest-not-canonical",
            replaced("version = \"1.2.3\"\nsequence = 7\n", "sequence = 7\nversion = \"1.2.3\"\n"),
        ),
    ];
    let mut vectors: Vec<_> = texts
        .into_iter()
        .map(|(name, sentence, code, text)| {
            refused(name, sentence, code, sample.package_for(text.as_bytes()))
        })
        .collect();
    let mut latin1 = good.clone().into_bytes();
    let at = good.find("示例").unwrap();
    latin1[at] = 0xe4;
    latin1[at + 1] = b'x';
    vectors.push(refused(
        "manifest-not-utf8",
        "4.1",
        "manifest-not-utf8",
        sample.package_for(&latin1),
    ));
    vectors
}

type Change = fn(&mut Manifest);

/// Canonical manifests with one value that is not allowed.
fn values(sample: &Sample) -> Vec<Vector> {
    let changes: [(&str, &'static str, &'static str, Change); 33] = [
        ("format-2", "4.3", "manifest-version", |m| m.format = 2),
        ("name-with-slash", "4.3", "manifest-value", |m| m.name = "../etc".into()),
        ("name-with-capitals", "4.3", "manifest-value", |m| m.name = "Sample".into()),
        ("name-too-long", "4.3", "manifest-value", |m| m.name = "a".repeat(64)),
        ("name-is-empty", "4.3", "manifest-value", |m| m.name = String::new()),
        ("version-of-two-parts", "4.3", "manifest-value", |m| m.version = "1.2".into()),
        ("version-with-leading-zero", "4.3", "manifest-value", |m| m.version = "1.02.3".into()),
        ("sequence-zero", "4.3", "manifest-value", |m| m.sequence = 0),
        ("min-loader-no-version", "4.3", "manifest-value", |m| m.min_loader = "new".into()),
        ("expires-on-no-day", "4.3", "manifest-value", |m| m.expires = Some("2027-02-30".into())),
        ("summary-with-escape", "4.4", "manifest-value", |m| m.summary = "\u{9b}2J".into()),
        ("summary-too-long", "4.4", "manifest-value", |m| m.summary = "x".repeat(257)),
        ("no-variant", "4.1", "manifest-toml", |m| m.variants.clear()),
        ("variant-not-listed", "4.8", "manifest-value", |m| {
            m.variants[0].object = "objects/other.bpf.o".into();
        }),
        ("variant-is-the-schema", "4.8", "manifest-value", |m| {
            m.variants[0].object = "schema.json".into();
        }),
        ("variant-without-targets", "4.8", "manifest-value", |m| m.variants[0].targets.clear()),
        ("targets-out-of-order", "4.8", "manifest-value", |m| {
            m.variants[0].targets = vec!["generic".into(), "a".into()];
        }),
        ("program-name-no-identifier", "4.5", "manifest-value", |m| {
            m.variants[0].programs[0].name = "a/b".into();
        }),
        ("program-twice", "4.5", "manifest-value", |m| {
            m.variants[0].programs[1] = m.variants[0].programs[0].clone()
        }),
        ("attach-point-with-space", "4.5", "manifest-value", |m| {
            m.variants[0].programs[0].attach = "tp_btf/sched switch".into();
        }),
        ("map-iterator-without-map", "4.5", "manifest-value", |m| {
            m.variants[0].programs[1].map = None
        }),
        ("map-iterator-of-unknown-map", "4.5", "manifest-value", |m| {
            m.variants[0].programs[1].map = Some("other".into());
        }),
        ("tracepoint-with-a-place", "4.5", "manifest-value", |m| {
            m.variants[0].programs[0].at = Some("page-faults-maj".into());
        }),
        ("perf-event-that-is-unknown", "4.5", "manifest-value", |m| {
            let program = &mut m.variants[0].programs[0];
            (program.attach, program.at) = ("perf_event".into(), Some("page-faults-none".into()));
        }),
        ("uprobe-without-function", "4.5", "manifest-value", |m| {
            m.variants[0].programs[0].attach = "uprobe".into();
        }),
        ("uprobe-at-a-path", "4.5", "manifest-value", |m| {
            let program = &mut m.variants[0].programs[0];
            (program.attach, program.at) = ("uprobe".into(), Some("/bin/x:main".into()));
        }),
        ("symbol-of-no-uprobe", "4.5", "manifest-value", |m| {
            m.variants[0].programs[0].with_symbol = Some("main".into());
        }),
        ("unless-an-unknown-program", "4.5", "manifest-value", |m| {
            m.variants[0].programs[0].unless = Some("other".into());
        }),
        ("unless-a-program-that-is-always-there", "4.5", "manifest-value", |m| {
            m.variants[0].programs[0].unless = Some("print".into());
        }),
        ("metrics-is-no-iterator", "4.5", "manifest-value", |m| {
            m.metrics = Some("on_switch".into());
        }),
        ("pin-with-dot", "4.6", "manifest-value", |m| m.variants[0].maps[0].pin = "a.b".into()),
        ("digest-with-capitals", "4.7", "manifest-value", |m| {
            m.files[0].sm3 = m.files[0].sm3.to_uppercase();
        }),
        ("files-out-of-order", "4.7", "manifest-value", |m| m.files.reverse()),
    ];
    let vector = |(name, sentence, code, change): (&str, _, _, Change)| {
        let mut manifest = sample.manifest();
        change(&mut manifest);
        refused(name, sentence, code, sample.package_for(manifest.encode().as_bytes()))
    };
    changes.into_iter().map(vector).collect()
}
