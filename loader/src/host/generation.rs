// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A generation directory: all the pins of one load, in force at once when
//! `current` is renamed. Schema and record lie in a directory of the same
//! number below the run directory, and are read by the number in force, so that
//! they always belong to the pins.
//!
//! A rename of a symlink over another is atomic on bpffs from Linux 4.19;
//! exchanging two directories is not possible there before 6.1.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::{DirBuilderExt, PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
};

use bpfsign_format::write_volatile;

use super::{Host, LockedHost, check::check_directory, generation_number, sweep};
use crate::{Error, Result, hold};

/// What lies in the run directory for each generation.
pub(crate) const SCHEMA_FILE: &str = "schema.json";
pub(crate) const RECORD_FILE: &str = "package.json";
const RUN_FILES: [&str; 2] = [SCHEMA_FILE, RECORD_FILE];

fn directory_name(number: u64) -> String {
    format!("g{number}")
}

/// A generation that is being filled. Dropped before [`Generation::commit`],
/// it is removed with everything in it.
#[derive(Debug)]
pub(crate) struct Generation {
    package: PathBuf,
    path: PathBuf,
    run: PathBuf,
    number: u64,
    group: u32,
    in_force: bool,
}

impl Generation {
    /// Makes the next generation directory of a package, with its
    /// subdirectories.
    pub(crate) fn create(host: &LockedHost, name: &str) -> Result<Self> {
        let group = host.group();
        make_directory(&host.pin_root, 0o750, group)?;
        let package = host.package_pins(name);
        make_directory(&package, 0o750, group)?;
        let number = last_generation(&package)? + 1;
        let path = package.join(directory_name(number));
        let run = host.package_run(name);
        make_directory(&run, 0o750, group)?;
        let generation = Self { package, path, run, number, group, in_force: false };
        make_directory(&generation.run_path(), 0o750, group)?;
        make_directory(&generation.path, 0o750, group)?;
        make_directory(&generation.path.join("maps"), 0o750, group)?;
        make_directory(&generation.path.join("links"), 0o700, 0)?;
        make_directory(&generation.path.join("programs"), 0o700, 0)?;
        Ok(generation)
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path.join(path)
    }

    /// Writes a file of the run directory, for the agents' group to read.
    pub(crate) fn write_run_file(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.run_path().join(name);
        write_volatile(&path, bytes, 0o440, self.group).map_err(Error::io(path))
    }

    /// Keeps a file that was verified for root alone, to be verified again.
    pub(crate) fn keep_source(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.run_path().join(name);
        write_volatile(&path, bytes, 0o400, 0).map_err(Error::io(path))
    }

    fn run_path(&self) -> PathBuf {
        self.run.join(directory_name(self.number))
    }

    /// Lets the agents' group read a pin, and nobody write it.
    pub(crate) fn share(&self, pin: &Path) -> Result<()> {
        set_owner(pin, 0o440, self.group)
    }

    /// Keeps a pin to root.
    pub(crate) fn keep_private(&self, pin: &Path) -> Result<()> {
        set_owner(pin, 0o600, 0)
    }

    /// Puts this generation in force, in one step.
    pub(crate) fn commit(mut self) -> Result<()> {
        let target = PathBuf::from(directory_name(self.number));
        switch(&self.package, &target)?;
        self.in_force = true;
        switch_run(&self.run, &target)
    }
}

/// Makes `current` in `directory` a link to `target`, in one step.
fn switch(directory: &Path, target: &Path) -> Result<()> {
    let (next, current) = (directory.join(sweep::NEXT), directory.join("current"));
    symlink(target, &next).map_err(Error::io(&next))?;
    fs::rename(&next, &current).map_err(Error::io(&current))
}

/// Lets the paths that agents know lead to the files of the generation in
/// force.
pub(super) fn switch_run(run: &Path, target: &Path) -> Result<()> {
    switch(run, target)?;
    for file in RUN_FILES {
        let link = run.join(file);
        if !link.is_symlink() {
            symlink(Path::new("current").join(file), &link).map_err(Error::io(&link))?;
        }
    }
    Ok(())
}

/// Takes away a run directory without generations: our links, what a holder
/// left, and the directory itself unless it holds something that is not ours.
pub(super) fn remove_run(run: &Path) -> Result<()> {
    let ours = RUN_FILES.into_iter().chain(["current"]).chain(hold::FILES);
    for file in ours.map(|name| run.join(name)) {
        if file.symlink_metadata().is_ok() {
            fs::remove_file(&file).map_err(Error::io(&file))?;
        }
    }
    let _ = fs::remove_dir(run);
    Ok(())
}

impl Drop for Generation {
    fn drop(&mut self) {
        if self.in_force {
            return;
        }
        let _ = fs::remove_file(self.package.join(sweep::NEXT));
        let _ = fs::remove_dir_all(&self.path);
        let _ = fs::remove_dir_all(self.run_path());
        // These fail, as they should, when the package has another generation.
        let _ = fs::remove_dir(&self.package);
        let _ = fs::remove_dir(&self.run);
    }
}

impl Host {
    /// Removes the pins of a package: first `current`, so that no agent finds
    /// half of them, then all generations. Programs detach with their links.
    pub(crate) fn remove_package_pins(&self, name: &str) -> Result<()> {
        let package = self.package_pins(name);
        let current = package.join("current");
        if current.is_symlink() {
            fs::remove_file(&current).map_err(Error::io(&current))?;
        }
        if package.exists() {
            fs::remove_dir_all(&package).map_err(Error::io(&package))?;
        }
        Ok(())
    }
}

fn last_generation(package: &Path) -> Result<u64> {
    let numbers = sweep::entries(package)?;
    Ok(numbers.iter().filter_map(|p| generation_number(p)).max().unwrap_or(0))
}

/// Makes a directory, or takes one that only root could have made.
fn make_directory(path: &Path, mode: u32, group: u32) -> Result<()> {
    // 0700 until the owner is right, so that nobody else gets in between.
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => check_directory(path)?,
        Err(e) => return Err(Error::io(path)(e)),
    }
    set_owner(path, mode, group)
}

fn set_owner(path: &Path, mode: u32, group: u32) -> Result<()> {
    chown(path, Some(0), Some(group))
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .map_err(Error::io(path))
}
