// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a host remembers across reboots: the highest sequence of each package.

use std::{fs::DirBuilder, io::ErrorKind, os::unix::fs::DirBuilderExt, path::PathBuf};

use bpfsign_format::{ReadError, read_bounded, write_whole};

use crate::{Error, Host, Reason, Result};

/// A number of at most 20 digits and a line feed.
const MAX_FILE: usize = 21;

/// The highest sequence of package `name` that was ever loaded here; 0 if none.
pub(crate) fn highest_sequence(host: &Host, name: &str) -> Result<u64> {
    let path = path(host, name);
    let damaged = || Error::new(&path, Reason::DamagedState);
    match read_bounded(&path, MAX_FILE) {
        Ok(bytes) => str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.strip_suffix('\n')?.parse().ok())
            .ok_or_else(damaged),
        Err(ReadError::Io(e)) if e.kind() == ErrorKind::NotFound => Ok(0),
        Err(ReadError::Io(e)) => Err(Error::new(&path, Reason::Io(e))),
        Err(_) => Err(damaged()),
    }
}

/// Remembers `sequence` unless a higher one is known. On disk when it returns.
pub(crate) fn raise_sequence(host: &Host, name: &str, sequence: u64) -> Result<()> {
    if sequence <= highest_sequence(host, name)? {
        return Ok(());
    }
    let path = path(host, name);
    let directory = host.sequences();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&directory)
        .map_err(Error::io(&directory))?;
    write_whole(&path, format!("{sequence}\n").as_bytes(), 0o600).map_err(Error::io(path))
}

fn path(host: &Host, name: &str) -> PathBuf {
    host.sequences().join(name)
}
