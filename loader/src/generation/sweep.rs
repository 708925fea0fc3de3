// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Clearing away what an interrupted run left: generations that `current`
//! does not name, the symlink that was to become `current`, half-written
//! files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bpfsign_format::is_package_name;
use bpfsign_verify::{At, Host, Result, generation_number};

use super::{
    entries,
    remove::remove_run,
    switch::{NEXT, switch_run},
};
use crate::holder::converge;

/// Removes leftovers of every package. The caller holds the locks.
pub(super) fn sweep(host: &Host) -> Result<()> {
    for package in entries(&host.pin_root)? {
        sweep_generations(&package, in_force(host, &package).as_deref())?;
        // Empty now, or it holds something that is not ours to remove.
        let _ = fs::remove_dir(package);
    }
    for package in entries(&host.run_dir)? {
        sweep_run(host, &package)?;
    }
    sweep_files(&host.sequences())
}

/// Removes what a change of one package left over. The caller holds the locks.
pub(crate) fn sweep_package(host: &Host, name: &str) -> Result<()> {
    sweep_generations(&host.package_pins(name), host.generation_in_force(name).as_deref())?;
    sweep_run(host, &host.package_run(name))
}

/// A package's run directory follows its pins.
fn sweep_run(host: &Host, run: &Path) -> Result<()> {
    let is_ours = run.file_name().and_then(|n| n.to_str()).is_some_and(is_package_name);
    if !is_ours || !run.is_dir() {
        return Ok(());
    }
    // A holder whose `load` was killed still has what was to come in force.
    if let Some(name) = run.file_name().and_then(|n| n.to_str()) {
        converge(host, name)?;
    }
    let in_force = in_force(host, run);
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
fn in_force(host: &Host, package: &Path) -> Option<PathBuf> {
    host.generation_in_force(package.file_name()?.to_str()?)
}

fn sweep_files(directory: &Path) -> Result<()> {
    for file in entries(directory)?.iter().filter(|file| is_temporary(file)) {
        fs::remove_file(file).at(file)?;
    }
    Ok(())
}

fn sweep_generations(directory: &Path, in_force: Option<&Path>) -> Result<()> {
    for entry in entries(directory)? {
        if entry.ends_with(NEXT) {
            fs::remove_file(&entry).at(&entry)?;
        } else if generation_number(&entry).is_some()
            && in_force.is_none_or(|current| !entry.ends_with(current))
        {
            fs::remove_dir_all(&entry).at(&entry)?;
        }
    }
    Ok(())
}

fn is_temporary(path: &Path) -> bool {
    path.file_name()
        .and_then(|n| n.to_str())
        .is_some_and(|n| n.starts_with('.') && n.ends_with(".tmp"))
}
