// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What each mainline kernel brought: helpers, program and map types
//! (include/uapi/linux/bpf.h), and features.

use std::fmt;

use bpfsign_format::bpf::{helper, helpers};

const TYPES: &str = include_str!("../../data/types.tsv");
const FEATURES: &str = include_str!("../../data/features.tsv");

/// A mainline kernel: `5.10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KernelVersion(pub u32, pub u32);

impl KernelVersion {
    /// Of `5.10`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

impl fmt::Display for KernelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Something that a kernel may be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Feature {
    pub(crate) name: &'static str,
    pub(crate) since: KernelVersion,
    /// What C source asks for it by: `BPFSIGN_<macro>` is 1 or 0.
    pub(crate) macro_name: Option<&'static str>,
    pub(crate) what: &'static str,
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split('\t').collect())
}

/// The first mainline kernel with a helper.
pub(crate) fn helper_since(number: u32) -> Option<KernelVersion> {
    helper(number).and_then(|h| KernelVersion::parse(h.since))
}

/// Whether there is a helper of this name.
pub(crate) fn is_helper(name: &str) -> bool {
    helpers().any(|h| h.name == name)
}

/// The first kernel with a program type (`kind` is `prog`) or a map type
/// (`map`), by its name in lower case.
pub(crate) fn type_since(kind: &str, name: &str) -> Option<KernelVersion> {
    let prefix = match kind {
        "prog" => "BPF_PROG_TYPE_",
        _ => "BPF_MAP_TYPE_",
    };
    // Underscores do not count: a profile may say `reuse_port_sock_array`.
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    rows(TYPES).find_map(|row| match row[..] {
        [row_kind, row_name, since]
            if row_kind == kind && plain(row_name.strip_prefix(prefix)?) == plain(name) =>
        {
            KernelVersion::parse(since)
        }
        _ => None,
    })
}

/// Every feature, in the table's order.
pub(crate) fn features() -> impl Iterator<Item = Feature> {
    rows(FEATURES).filter_map(|row| match row[..] {
        [name, since, macro_name, what] => Some(Feature {
            name,
            since: KernelVersion::parse(since)?,
            macro_name: (!macro_name.is_empty()).then_some(macro_name),
            what,
        }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_tables_is_understood() {
        assert_eq!(features().count(), FEATURES.lines().count() - 1);
        assert!(helpers().all(|h| helper_since(h.number).is_some()));
        for row in rows(TYPES) {
            let name = row[1].split_once("TYPE_").unwrap().1;
            assert!(type_since(row[0], &name.to_lowercase()).is_some(), "{name}");
        }
    }

    #[test]
    fn names_and_first_kernels() {
        assert_eq!(helper_since(4), Some(KernelVersion(4, 1)));
        assert_eq!(type_since("map", "ringbuf"), Some(KernelVersion(5, 8)));
        assert_eq!(type_since("map", "reuse_port_sock_array"), Some(KernelVersion(4, 19)));
        assert_eq!(type_since("prog", "tracing"), Some(KernelVersion(5, 5)));
        assert_eq!(type_since("prog", "ringbuf"), None);
        assert!(KernelVersion(5, 4) < KernelVersion(5, 10));
    }
}
