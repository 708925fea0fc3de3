// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Names of the kernel's BPF helpers (include/uapi/linux/bpf.h).

/// One helper a line: number, name, first mainline kernel, whether GPL only.
const TABLE: &str = include_str!("../data/helpers.tsv");

/// `map_lookup_elem` for 1; `helper#N` for a number that the table lacks.
pub(crate) fn name(number: u32) -> String {
    let known = TABLE.lines().skip(1).find_map(|line| {
        let (id, rest) = line.split_once('\t')?;
        (id.parse() == Ok(number)).then(|| rest.split('\t').next().map(str::to_owned))?
    });
    known.unwrap_or_else(|| format!("helper#{number}"))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_helpers_by_number() {
        assert_eq!(name(1), "map_lookup_elem");
        assert_eq!(name(211), "cgrp_storage_delete");
        assert_eq!(name(9999), "helper#9999");
    }
}
