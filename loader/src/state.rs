// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a host remembers across reboots: the highest sequence of each package that was
//! loaded or received and of each index, and how late it is at least.

use std::{
    fs::DirBuilder, io::ErrorKind, os::unix::fs::DirBuilderExt, path::Path, time::SystemTime,
};

use bpfsign_format::{ReadError, read_bounded, write_whole};

use crate::{Error, Host, Reason, Result};

/// A number of at most 20 digits and a line feed.
const MAX_FILE: usize = 21;

/// The highest sequence of package `name` that was ever loaded here; 0 if none.
pub(crate) fn highest_sequence(host: &Host, name: &str) -> Result<u64> {
    highest(&host.sequences(), name)
}

/// The highest sequence that a directory of the state remembers for `name`; 0 if none.
pub(crate) fn highest(directory: &Path, name: &str) -> Result<u64> {
    number(&directory.join(name))
}

/// The number in a file; 0 if there is none.
fn number(path: &Path) -> Result<u64> {
    let damaged = || Error::new(path, Reason::DamagedState);
    match read_bounded(path, MAX_FILE) {
        Ok(bytes) => str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.strip_suffix('\n')?.parse().ok())
            .ok_or_else(damaged),
        Err(ReadError::Io(e)) if e.kind() == ErrorKind::NotFound => Ok(0),
        Err(ReadError::Io(e)) => Err(Error::new(path, Reason::Io(e))),
        Err(_) => Err(damaged()),
    }
}

/// Remembers the `sequence` of a package that is loaded.
pub(crate) fn raise_sequence(host: &Host, name: &str, sequence: u64) -> Result<()> {
    raise(&host.sequences(), name, sequence)
}

/// Remembers `sequence` unless a higher one is known. On disk when it returns.
pub(crate) fn raise(directory: &Path, name: &str, sequence: u64) -> Result<()> {
    if sequence <= highest(directory, name)? {
        return Ok(());
    }
    let path = directory.join(name);
    make_directory(directory)?;
    write_whole(&path, format!("{sequence}\n").as_bytes(), 0o600).map_err(Error::io(path))
}

/// How far a clock may be behind: what a time service corrects.
const TOLERANCE: u64 = 300;
/// How old the remembered time may get before it is written anew.
const GRANULARITY: u64 = 3600;

/// Refuses a clock that is behind the newest thing that was ever accepted here.
pub(crate) fn check_clock(host: &Host) -> Result<()> {
    let (now, floor) = (seconds_now(), number(&host.clock())?);
    match now + TOLERANCE < floor {
        true => Err(Error::new(host.clock(), Reason::ClockBehind { now, floor })),
        false => Ok(()),
    }
}

/// Refuses what is of tomorrow or later: then this clock is behind.
pub(crate) fn check_not_ahead(path: &Path, floor: u64) -> Result<()> {
    let now = seconds_now();
    match floor > now + TOLERANCE {
        true => Err(Error::new(path, Reason::ClockBehind { now, floor })),
        false => Ok(()),
    }
}

/// Remembers that it is at least this late, in seconds since 1970, and now.
pub(crate) fn raise_clock(host: &Host, at_least: u64) -> Result<()> {
    let floor = number(&host.clock())?;
    let newest = seconds_now().max(at_least);
    if newest < floor + GRANULARITY && at_least <= floor {
        return Ok(());
    }
    make_directory(&host.state_dir)?;
    let path = host.clock();
    write_whole(&path, format!("{newest}\n").as_bytes(), 0o600).map_err(Error::io(path))
}

/// Seconds since 1970; 0 for a clock before that.
pub(crate) fn seconds_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

fn make_directory(directory: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(Error::io(directory))
}
