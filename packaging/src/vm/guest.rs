// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The static programs that run inside a machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{At, Error, Reason, Result};

/// The directory with the static `bpfsign` of the host build and with
/// `bpfsign-guest`.
#[derive(Debug, Clone)]
pub struct GuestFiles(PathBuf);

impl GuestFiles {
    /// The directory that was asked for, or the one that belongs to this
    /// program: `guest` beside it, or `../lib/bpfsign/guest`.
    ///
    /// # Errors
    /// [`Reason::NoGuest`].
    pub fn find(given: Option<&Path>) -> Result<Self> {
        let own = env::current_exe().unwrap_or_default();
        let beside = own.parent().map(|directory| directory.join("guest"));
        let installed = own.parent().map(|directory| directory.join("../lib/bpfsign/guest"));
        let candidates = match given {
            Some(given) => vec![given.to_owned()],
            None => beside.into_iter().chain(installed).collect(),
        };
        let found = candidates.iter().find(|d| d.join("bpfsign-guest").exists());
        match (found, candidates.first()) {
            (Some(directory), _) => Ok(Self(directory.clone())),
            (None, first) => Err(Error::new(first.cloned().unwrap_or_default(), Reason::NoGuest)),
        }
    }

    /// One of the programs.
    ///
    /// # Errors
    /// [`Reason::Io`]; [`Reason::NotStatic`] for one that needs libraries, which
    /// the machine does not have.
    pub fn read(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.0.join(name);
        let bytes = fs::read(&path).at(&path)?;
        let elf = object::File::parse(bytes.as_slice());
        match elf.as_ref().map(has_interpreter) {
            Ok(false) => Ok(bytes),
            _ => Err(Error::new(path, Reason::NotStatic)),
        }
    }
}

fn has_interpreter(elf: &object::File<'_>) -> bool {
    use object::Object;
    elf.section_by_name(".interp").is_some()
}
