// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Schema and record of a loaded package.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use bpfsign_files::{ReadError, read_bounded};
use bpfsign_format::{Schema, is_package_name, limits};
use bpfsign_verify::{Error, Host, Reason, Record, Result};

use crate::generation::{RECORD_FILE, SCHEMA_FILE};

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
        Err(ReadError::Io(e)) => Err(Error::new(path, e)),
        Err(e) => Err(Error::new(path, Reason::DamagedRecord(e.to_string()))),
    }
}
