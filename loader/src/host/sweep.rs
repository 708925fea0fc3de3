// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Clearing away what an interrupted run left: generations that `current`
//! does not name, the symlink that was to become `current`, half-written
//! files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bpfsign_format::is_package_name;

use super::{
    Host,
    generation::{remove_run, switch_run},
    generation_number,
};
use crate::{Error, Result, hold};

/// The name that a new `current` has until it is renamed.
pub(super) const NEXT: &str = "next";

impl Host {
    /// Removes leftovers of every package. The caller holds the lock.
    pub(crate) fn sweep(&self) -> Result<()> {
        for package in entries(&self.pin_root)? {
            sweep_generations(&package, self.in_force(&package).as_deref())?;
            // Empty now, or it holds something that is not ours to remove.
            let _ = fs::remove_dir(package);
        }
        for package in entries(&self.run_dir)? {
            self.sweep_run(&package)?;
        }
        sweep_files(&self.sequences())
    }

    /// Removes what a change of one package left over. The caller holds the lock.
    pub(crate) fn sweep_package(&self, name: &str) -> Result<()> {
        sweep_generations(&self.package_pins(name), self.generation_in_force(name).as_deref())?;
        self.sweep_run(&self.package_run(name))
    }

    /// A package's run directory follows its pins.
    fn sweep_run(&self, run: &Path) -> Result<()> {
        let is_ours = run.file_name().and_then(|n| n.to_str()).is_some_and(is_package_name);
        if !is_ours || !run.is_dir() {
            return Ok(());
        }
        // A holder whose `load` was killed still has what was to come in force.
        if let Some(name) = run.file_name().and_then(|n| n.to_str()) {
            hold::converge(self, name)?;
        }
        let in_force = self.in_force(run);
        sweep_generations(run, in_force.as_deref())?;
        match in_force {
            // Killed between the two renames.
            Some(target) if fs::read_link(run.join("current")).ok().as_ref() != Some(&target) => {
                switch_run(run, &target)
            }
            Some(_) => Ok(()),
            None => remove_run(run),
        }
    }

    /// `gN`, as `current` of the package's pins names it.
    fn in_force(&self, package: &Path) -> Option<PathBuf> {
        self.generation_in_force(package.file_name()?.to_str()?)
    }
}

fn sweep_files(directory: &Path) -> Result<()> {
    for file in entries(directory)?.iter().filter(|file| is_temporary(file)) {
        fs::remove_file(file).map_err(Error::io(file))?;
    }
    Ok(())
}

fn sweep_generations(directory: &Path, in_force: Option<&Path>) -> Result<()> {
    for entry in entries(directory)? {
        if entry.ends_with(NEXT) {
            fs::remove_file(&entry).map_err(Error::io(&entry))?;
        } else if generation_number(&entry).is_some()
            && in_force.is_none_or(|current| !entry.ends_with(current))
        {
            fs::remove_dir_all(&entry).map_err(Error::io(&entry))?;
        }
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
