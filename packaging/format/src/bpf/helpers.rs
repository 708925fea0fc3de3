// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The kernel's BPF helpers (include/uapi/linux/bpf.h).

/// One helper a line: number, name, first mainline kernel, whether GPL only.
const TABLE: &str = include_str!("../../data/helpers.tsv");

/// A helper function of the kernel's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Helper {
    /// Its number.
    pub number: u32,
    /// Its name without `bpf_`.
    pub name: &'static str,
    /// The first mainline kernel that has it: `5.8`.
    pub since: &'static str,
    /// Only programs with a GPL-compatible licence may call it.
    pub gpl_only: bool,
}

/// Every helper that is known, in order of number.
pub fn helpers() -> impl Iterator<Item = Helper> {
    TABLE.lines().skip(1).filter_map(|line| {
        let mut fields = line.split('\t');
        let number = fields.next()?.parse().ok()?;
        let (name, since) = (fields.next()?, fields.next()?);
        Some(Helper { number, name, since, gpl_only: fields.next() == Some("gpl") })
    })
}

/// The helper with this number.
pub fn helper(number: u32) -> Option<Helper> {
    helpers().find(|h| h.number == number)
}

/// `map_lookup_elem` for 1; `helper#N` for a number that the table lacks.
pub fn helper_name(number: u32) -> String {
    helper(number).map_or_else(|| format!("helper#{number}"), |h| h.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_understood() {
        assert_eq!(helpers().count(), TABLE.lines().count() - 1);
        assert_eq!(helper_name(1), "map_lookup_elem");
        assert_eq!(helper_name(211), "cgrp_storage_delete");
        assert_eq!(helper_name(9999), "helper#9999");
        assert!(helper(4).unwrap().gpl_only);
    }
}
