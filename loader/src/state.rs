// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a host remembers across reboots: the highest sequence of each package.

use std::{
    fs::{self, DirBuilder},
    io::ErrorKind,
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
};

use bpfsign_format::write_whole;

use crate::{Error, Host, Reason, Result};

/// The highest sequence of package `name` that was ever loaded here; 0 if none.
pub(crate) fn highest_sequence(host: &Host, name: &str) -> Result<u64> {
    let path = path(host, name);
    match fs::read_to_string(&path) {
        Ok(text) => match text.strip_suffix('\n').and_then(|n| n.parse().ok()) {
            Some(sequence) => Ok(sequence),
            None => Err(Error::new(path, Reason::DamagedState)),
        },
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(0),
        Err(e) => Err(Error::new(path, Reason::Io(e))),
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
