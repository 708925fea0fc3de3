// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Filling a new generation directory, and putting it in force.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bpfsign_files::write_volatile;
use bpfsign_verify::{At, Result, generation_number};

use super::{
    ReadyHost,
    directory::{entries, make_directory, set_owner},
    switch::{NEXT, switch, switch_run},
};

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
    pub(crate) fn create(host: &ReadyHost<'_>, name: &str) -> Result<Self> {
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
        write_volatile(&path, bytes, 0o440, self.group).at(path)
    }

    /// Keeps a file that was verified for root alone, to be verified again.
    pub(crate) fn keep_source(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.run_path().join(name);
        write_volatile(&path, bytes, 0o400, 0).at(path)
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

impl Drop for Generation {
    fn drop(&mut self) {
        if self.in_force {
            return;
        }
        let _ = fs::remove_file(self.package.join(NEXT));
        let _ = fs::remove_dir_all(&self.path);
        let _ = fs::remove_dir_all(self.run_path());
        // These fail, as they should, when the package has another generation.
        let _ = fs::remove_dir(&self.package);
        let _ = fs::remove_dir(&self.run);
    }
}

fn last_generation(package: &Path) -> Result<u64> {
    let numbers = entries(package)?;
    Ok(numbers.iter().filter_map(|p| generation_number(p)).max().unwrap_or(0))
}
