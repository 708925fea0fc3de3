// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Clearing away what an interrupted run left: generations that `current`
//! does not name, the symlink that was to become `current`, half-written
//! files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Host, generation_number};
use crate::{Error, Result};

/// The name that a new `current` has until it is renamed.
pub(super) const NEXT: &str = "next";

impl Host {
    /// Removes leftovers of every package. The caller holds the lock.
    pub(crate) fn sweep(&self) -> Result<()> {
        for package in entries(&self.pin_root)? {
            sweep_package(&package)?;
        }
        for package in entries(&self.run_dir)? {
            sweep_files(&package)?;
        }
        sweep_files(&self.sequences())
    }
}

fn sweep_files(directory: &Path) -> Result<()> {
    for file in entries(directory)?.iter().filter(|file| is_temporary(file)) {
        fs::remove_file(file).map_err(Error::io(file))?;
    }
    Ok(())
}

fn sweep_package(package: &Path) -> Result<()> {
    let current = fs::read_link(package.join("current")).ok();
    for entry in entries(package)? {
        let in_force = current.as_deref().is_some_and(|c| entry.ends_with(c));
        if entry.ends_with(NEXT) {
            fs::remove_file(&entry).map_err(Error::io(&entry))?;
        } else if generation_number(&entry).is_some() && !in_force {
            fs::remove_dir_all(&entry).map_err(Error::io(&entry))?;
        }
    }
    if current.is_none() {
        // Empty now, or it holds something that is not ours to remove.
        let _ = fs::remove_dir(package);
    }
    Ok(())
}

fn is_temporary(path: &Path) -> bool {
    path.file_name()
        .and_then(|n| n.to_str())
        .is_some_and(|n| n.starts_with('.') && n.ends_with(".tmp"))
}

/// What lies in a directory; nothing if there is none.
pub(crate) fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(directory) {
        Ok(listing) => listing,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(e) => return Err(Error::io(directory)(e)),
    };
    let mut paths = listing
        .map(|entry| entry.map(|e| e.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(Error::io(directory))?;
    paths.sort();
    Ok(paths)
}
