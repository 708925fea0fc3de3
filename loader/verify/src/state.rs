// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a host remembers across reboots: the highest sequence of each package that was
//! loaded or received and of each index, and how late it is at least.

use std::{
    fs::DirBuilder,
    io::ErrorKind,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use bpfsign_files::{ReadError, read_bounded, write_whole};

use crate::{At, Error, Host, LockedHost, Reason, Result};

/// A number of at most 20 digits and a line feed.
const MAX_FILE: usize = 21;
/// How far a clock may be behind, in seconds: what a time service corrects.
const TOLERANCE: u64 = 300;
/// How old the remembered time may get, in seconds, before it is written anew.
const GRANULARITY: u64 = 3600;

/// What a sequence is remembered for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sequences {
    /// Packages that were loaded.
    Loaded,
    /// Packages that were pulled or fetched.
    Received,
    /// Indices of repositories that were accepted.
    Indices,
}

impl Sequences {
    fn file(self, host: &Host, name: &str) -> PathBuf {
        let directory = match self {
            Self::Loaded => host.sequences(),
            Self::Received => host.received(),
            Self::Indices => host.indices(),
        };
        directory.join(name)
    }

    /// The highest sequence of `name`, 0 if none, as it is at this moment. Who decides asks
    /// a [`LockedHost`] instead.
    pub(crate) fn look(self, host: &Host, name: &str) -> Result<u64> {
        number(&self.file(host, name))
    }
}

impl LockedHost {
    /// The highest sequence of package `name` that was ever loaded here; 0 if none.
    ///
    /// # Errors
    /// [`Reason::DamagedState`], [`Reason::Io`].
    pub fn highest_sequence(&self, name: &str) -> Result<u64> {
        self.highest(Sequences::Loaded, name)
    }

    /// Remembers the `sequence` of a package that is loaded. On disk when it returns.
    ///
    /// # Errors
    /// [`Reason::RolledBack`] when a higher one is remembered; [`Reason::DamagedState`],
    /// [`Reason::Io`].
    pub fn raise_sequence(&self, name: &str, sequence: u64) -> Result<()> {
        self.raise(Sequences::Loaded, name, sequence)
    }

    pub(crate) fn highest(&self, what: Sequences, name: &str) -> Result<u64> {
        what.look(self, name)
    }

    pub(crate) fn raise(&self, what: Sequences, name: &str, sequence: u64) -> Result<()> {
        let path = what.file(self, name);
        let seen = self.highest(what, name)?;
        if sequence < seen {
            return Err(Error::new(path, Reason::RolledBack { sequence, seen }));
        }
        if sequence == seen {
            return Ok(());
        }
        make_directory(path.parent().unwrap_or(&self.state_dir))?;
        write_whole(&path, format!("{sequence}\n").as_bytes(), 0o600).at(path)
    }

    /// Refuses a clock that is behind the newest thing that was ever accepted here.
    ///
    /// # Errors
    /// [`Reason::ClockBehind`], [`Reason::DamagedState`], [`Reason::Io`].
    pub fn check_clock(&self) -> Result<()> {
        look_at_clock(self)
    }

    /// Remembers that it is at least this late, in seconds since 1970, and now.
    ///
    /// # Errors
    /// [`Reason::DamagedState`], [`Reason::Io`].
    pub fn raise_clock(&self, at_least: u64) -> Result<()> {
        let floor = number(&self.clock())?;
        let newest = seconds_now().max(at_least);
        if newest < floor + GRANULARITY && at_least <= floor {
            return Ok(());
        }
        let path = self.clock();
        write_whole(&path, format!("{newest}\n").as_bytes(), 0o600).at(path)
    }
}

/// Refuses a clock that is behind at this moment. Who decides asks a [`LockedHost`] instead.
pub(crate) fn look_at_clock(host: &Host) -> Result<()> {
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

/// Seconds since 1970; 0 for a clock before that.
pub fn seconds_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs())
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
        Err(ReadError::Io(e)) => Err(Error::new(path, e)),
        Err(_) => Err(damaged()),
    }
}

fn make_directory(directory: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory).at(directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::host_in;

    #[test]
    fn a_remembered_sequence_is_never_lowered() {
        let directory = std::env::temp_dir().join(format!("bpfsign-state-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        let host = host_in(&directory).lock().unwrap();
        assert_eq!(host.highest_sequence("p").unwrap(), 0);
        host.raise_sequence("p", 7).unwrap();
        host.raise_sequence("p", 7).unwrap();
        let refused = host.raise_sequence("p", 6).unwrap_err();
        assert!(matches!(*refused.reason, Reason::RolledBack { sequence: 6, seen: 7 }));
        assert_eq!(host.highest_sequence("p").unwrap(), 7);
        assert_eq!(host.highest_sequence("q").unwrap(), 0);
        assert!(host_in(&directory).lock().is_err(), "locked twice");
        std::fs::remove_dir_all(directory).unwrap();
    }
}
