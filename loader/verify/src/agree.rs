// SPDX-License-Identifier: Apache-2.0 OR MIT
//! That a manifest lists what an object holds, and nothing else.

use std::collections::BTreeSet;

use bpfsign_format::{
    bpf::{ObjectFacts, is_event_buffer},
    manifest::{Readers, Variant},
};

use crate::Mismatch;

/// Refuses a variant that does not list exactly the programs that its object holds.
///
/// # Errors
/// [`Mismatch`].
pub fn check_programs(variant: &Variant, facts: &ObjectFacts) -> Result<(), Mismatch> {
    let listed: BTreeSet<_> =
        variant.programs.iter().map(|p| (p.name.as_str(), p.attach.as_str())).collect();
    let held: BTreeSet<_> =
        facts.programs.iter().map(|p| (p.name.as_str(), p.section.as_str())).collect();
    differ(&listed, &held, |(name, section)| format!("program `{name}` at `{section}`"))
}

/// Refuses a variant that does not list exactly the maps that its object holds, or that gives
/// agents a buffer which only one reader may read.
///
/// # Errors
/// [`Mismatch`].
pub fn check_maps(variant: &Variant, facts: &ObjectFacts) -> Result<(), Mismatch> {
    let listed: BTreeSet<_> = variant.maps.iter().map(|m| m.name.as_str()).collect();
    let held: BTreeSet<_> =
        facts.maps.iter().filter(|m| !m.internal).map(|m| m.name.as_str()).collect();
    differ(&listed, &held, |name| format!("map `{name}`"))?;
    // Two readers of such a buffer would each see a part, and reading is writing.
    let is_buffer = |name: &str| {
        let map = facts.maps.iter().find(|m| m.name == name);
        map.is_some_and(|m| is_event_buffer(&m.map_type))
    };
    let mut shared = variant.maps.iter().filter(|m| m.readers == Readers::Agents);
    match shared.find(|m| is_buffer(&m.name)) {
        Some(map) => Err(Mismatch::BufferForAgents(map.name.clone())),
        None => Ok(()),
    }
}

fn differ<T: Ord + Copy>(
    listed: &BTreeSet<T>,
    held: &BTreeSet<T>,
    name: impl Fn(T) -> String,
) -> Result<(), Mismatch> {
    if let Some(extra) = listed.difference(held).next() {
        return Err(Mismatch::NotInObject(name(*extra)));
    }
    match held.difference(listed).next() {
        Some(unlisted) => Err(Mismatch::NotListed(name(*unlisted))),
        None => Ok(()),
    }
}
