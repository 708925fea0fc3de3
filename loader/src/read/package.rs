// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Packages as a whole.

use std::{io::ErrorKind, path::Path};

use bpfsign_format::is_package_name;
use bpfsign_verify::{Host, Record, Result};
use serde::Serialize;

use super::record;
use crate::{generation::entries, holder::HolderStatus};

/// Whether a package is in force as it was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "missing")]
pub enum Health {
    /// Every link and pin is in its place.
    Loaded,
    /// These pins of the record are gone.
    Broken(Vec<String>),
    /// The holder of these programs' links is gone, and they are detached.
    Unheld(Vec<String>),
}

/// A package and its health.
#[derive(Debug, Clone, Serialize)]
pub struct PackageStatus {
    /// What was loaded.
    #[serde(flatten)]
    pub record: Record,
    /// Whether it is still in force.
    pub health: Health,
    /// Who keeps the links that cannot be pinned, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderStatus>,
}

/// The names of all packages that have pins or a record, in order.
///
/// # Errors
/// [`Reason::Io`](bpfsign_verify::Reason::Io) when a directory cannot be read.
pub fn packages(host: &Host) -> Result<Vec<String>> {
    let mut names: Vec<String> = [&host.pin_root, &host.run_dir]
        .into_iter()
        .map(|directory| entries(directory))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .filter(|path| path.is_dir())
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .filter(|name| is_package_name(name))
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// What is loaded under `name`, and whether it is whole.
///
/// # Errors
/// [`Reason::NotLoaded`](bpfsign_verify::Reason::NotLoaded), [`Reason::DamagedRecord`](bpfsign_verify::Reason::DamagedRecord), [`Reason::Io`](bpfsign_verify::Reason::Io).
pub fn status(host: &Host, name: &str) -> Result<PackageStatus> {
    let record = record(host, name)?;
    let current = host.current(name);
    let programs = record.programs.iter().filter_map(|p| p.link.clone());
    let maps = record.maps.iter().map(|m| format!("maps/{}", m.pin));
    let missing: Vec<String> =
        programs.chain(maps).filter(|pin| is_missing(&current.join(pin))).collect();
    let holder = record.needs_holder().then(|| HolderStatus::of(host, name));
    let held = record.programs.iter().filter(|p| p.link.is_none()).map(|p| p.name.clone());
    let health = match holder {
        _ if !missing.is_empty() => Health::Broken(missing),
        Some(HolderStatus::Gone) => Health::Unheld(held.collect()),
        _ => Health::Loaded,
    };
    Ok(PackageStatus { record, health, holder })
}

/// An agent may not look into `links`: what it cannot see is not missing.
fn is_missing(pin: &Path) -> bool {
    matches!(pin.symlink_metadata(), Err(e) if e.kind() == ErrorKind::NotFound)
}
