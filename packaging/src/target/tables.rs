// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What each mainline kernel brought: helpers (include/uapi/linux/bpf.h),
//! program and map types (the same), and features.

use std::fmt;

const HELPERS: &str = include_str!("../../data/helpers.tsv");
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

/// A helper function of the kernel's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Helper {
    pub(crate) name: &'static str,
    pub(crate) since: KernelVersion,
    /// Only programs with a GPL-compatible licence may call it.
    pub(crate) gpl_only: bool,
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

/// The helper with this number.
pub(crate) fn helper(number: u32) -> Option<Helper> {
    rows(HELPERS).find_map(|row| match row[..] {
        [id, name, since, gpl] if id.parse() == Ok(number) => {
            Some(Helper { name, since: KernelVersion::parse(since)?, gpl_only: gpl == "gpl" })
        }
        _ => None,
    })
}

/// `map_lookup_elem` for 1; `helper#N` for a number that the table lacks.
pub(crate) fn helper_name(number: u32) -> String {
    helper(number).map_or_else(|| format!("helper#{number}"), |h| h.name.to_owned())
}

/// Whether there is a helper of this name.
pub(crate) fn is_helper(name: &str) -> bool {
    rows(HELPERS).any(|row| row.get(1) == Some(&name))
}

/// The first kernel with a program type (`kind` is `prog`) or a map type
/// (`map`), by its name in lower case.
pub(crate) fn type_since(kind: &str, name: &str) -> Option<KernelVersion> {
    let prefix = match kind {
        "prog" => "BPF_PROG_TYPE_",
        _ => "BPF_MAP_TYPE_",
    };
    // Names that are derived from libbpf-rs's may miss an underscore.
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
        let helpers = rows(HELPERS).filter(|row| helper(row[0].parse().unwrap()).is_some());
        assert_eq!(helpers.count(), HELPERS.lines().count() - 1);
        for row in rows(TYPES) {
            let name = row[1].split_once("TYPE_").unwrap().1;
            assert!(type_since(row[0], &name.to_lowercase()).is_some(), "{name}");
        }
    }

    #[test]
    fn names_and_first_kernels() {
        assert_eq!(helper_name(1), "map_lookup_elem");
        assert_eq!(helper_name(211), "cgrp_storage_delete");
        assert_eq!(helper_name(9999), "helper#9999");
        assert_eq!(helper(4).unwrap().since, KernelVersion(4, 1));
        assert!(helper(4).unwrap().gpl_only);
        assert_eq!(type_since("map", "ringbuf"), Some(KernelVersion(5, 8)));
        assert_eq!(type_since("map", "reuse_port_sock_array"), Some(KernelVersion(4, 19)));
        assert_eq!(type_since("prog", "tracing"), Some(KernelVersion(5, 5)));
        assert_eq!(type_since("prog", "ringbuf"), None);
        assert!(KernelVersion(5, 4) < KernelVersion(5, 10));
    }
}
