// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Packages as a whole.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use bpfsign_format::{ReadError, Schema, is_package_name, limits, read_bounded};
use serde::Serialize;

use super::remote;
use crate::{
    Error, Host, LockedHost, Reason, Record, Result,
    audit::{self, Event},
    hold::{self, HolderStatus},
    host::{RECORD_FILE, SCHEMA_FILE, entries},
};

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
/// [`Reason::Io`] when a directory cannot be read.
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
/// [`Reason::NotLoaded`], [`Reason::DamagedRecord`], [`Reason::Io`].
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

/// The record of one generation, `gN`, in force or not.
pub(crate) fn record_of(host: &Host, name: &str, generation: &Path) -> Result<Record> {
    let path = host.package_run(name).join(generation).join(RECORD_FILE);
    let bytes = read_bounded(&path, limits::SCHEMA_BYTES)
        .map_err(|e| Error::new(&path, Reason::DamagedRecord(e.to_string())))?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Error::new(path, Reason::DamagedRecord(e.to_string())))
}

/// The record of what is in force.
pub(crate) fn record(host: &Host, name: &str) -> Result<Record> {
    let (path, bytes) = read_run_file(host, name, RECORD_FILE)?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Error::new(path, Reason::DamagedRecord(e.to_string())))
}

/// The schema of a loaded package.
///
/// # Errors
/// [`Reason::NotLoaded`], [`Reason::DamagedRecord`], [`Reason::Io`].
pub fn schema(host: &Host, name: &str) -> Result<Schema> {
    let (path, bytes) = read_run_file(host, name, SCHEMA_FILE)?;
    Schema::parse(&bytes).map_err(|e| Error::new(path, Reason::DamagedRecord(e.to_string())))
}

/// Schema and record of the generation in force; `None` when there is none, or
/// when it cannot be known any more what its maps hold.
pub(crate) fn in_force(host: &Host, name: &str) -> Result<Option<(Schema, Record)>> {
    if !host.current(name).exists() {
        return Ok(None);
    }
    match schema(host, name).and_then(|schema| Ok((schema, record(host, name)?))) {
        Ok(both) => Ok(Some(both)),
        Err(e) if matches!(*e.reason, Reason::NotLoaded | Reason::DamagedRecord(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

/// A file of the generation in force, by that generation's number, so that it
/// belongs to the pins; of the last one known where the pins are gone.
fn read_run_file(host: &Host, name: &str, file: &str) -> Result<(PathBuf, Vec<u8>)> {
    let not_loaded = || Error::new(host.pin_root.join(name), Reason::NotLoaded);
    if !is_package_name(name) {
        return Err(not_loaded());
    }
    let run = host.package_run(name);
    let path = match host.generation_in_force(name) {
        Some(generation) => run.join(generation).join(file),
        None => run.join(file),
    };
    match read_bounded(&path, limits::SCHEMA_BYTES) {
        Ok(bytes) => Ok((path, bytes)),
        Err(ReadError::Io(e)) if e.kind() == ErrorKind::NotFound => Err(not_loaded()),
        Err(ReadError::Io(e)) => Err(Error::new(path, Reason::Io(e))),
        Err(e) => Err(Error::new(path, Reason::DamagedRecord(e.to_string()))),
    }
}

/// Copies the metrics text of a loaded package to `out`, as the kernel's iterators print
/// it, or where it has none the package's holder.
///
/// # Errors
/// [`Reason::NotLoaded`], [`Reason::NoMetrics`], [`Reason::Io`].
pub fn metrics(host: &Host, name: &str, out: &mut impl Write) -> Result<()> {
    let no_metrics = match pinned_metrics(host, name, out) {
        Err(e) if matches!(*e.reason, Reason::NoMetrics) => e,
        done => return done,
    };
    let mut text = remote::get(host, name, "/metrics", "text/plain").map_err(|e| {
        let none = remote::nobody_listens(&e);
        if none { no_metrics } else { e }
    })?;
    io::copy(&mut text, out).map(drop).map_err(Error::io(remote::socket(host, name)))
}

/// The text that the kernel's iterators print.
pub(crate) fn pinned_metrics(host: &Host, name: &str, out: &mut impl Write) -> Result<()> {
    let record = record(host, name)?;
    let pin = host.current(name).join("metrics");
    if !record.metrics {
        return Err(Error::new(pin, Reason::NoMetrics));
    }
    let links = record.programs.iter().filter_map(|p| p.link.as_deref());
    // The main text first: what it counts on its way, others print.
    let (main, more): (Vec<_>, Vec<_>) =
        links.filter(|link| link.starts_with("metrics")).partition(|link| *link == "metrics");
    for name in main.into_iter().chain(more) {
        let pin = host.current(&record.name).join(name);
        let mut file = File::open(&pin).map_err(Error::io(&pin))?;
        io::copy(&mut file, out).map_err(Error::io(&pin))?;
    }
    Ok(())
}

/// Detaches and removes a package. The highest sequence stays remembered.
///
/// # Errors
/// [`Reason::NotLoaded`], [`Reason::Io`].
pub fn unload(host: &LockedHost, name: &str) -> Result<()> {
    let run = host.package_run(name);
    let known = is_package_name(name) && (host.package_pins(name).exists() || run.exists());
    if !known {
        return Err(Error::new(host.pin_root.join(name), Reason::NotLoaded));
    }
    let change = host.begin()?;
    host.remove_package_pins(name)?;
    // With nothing in force, the holder ends.
    hold::converge(host, name)?;
    match fs::remove_dir_all(&run) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::io(&run)(e)),
        _ => {}
    }
    audit::append(host, Event::Unload { package: name.to_owned() })?;
    change.done();
    Ok(())
}
