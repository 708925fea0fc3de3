// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Directories that only root changes.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use bpfsign_verify::{At, Error, Result, check_directory};

/// What lies in a directory; nothing if there is none.
pub(crate) fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(directory) {
        Ok(listing) => listing,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(e) => return Err(Error::new(directory, e)),
    };
    let mut paths = listing
        .map(|entry| entry.map(|e| e.path()))
        .collect::<io::Result<Vec<_>>>()
        .at(directory)?;
    paths.sort();
    Ok(paths)
}

/// Makes a directory, or takes one that only root could have made.
pub(super) fn make_directory(path: &Path, mode: u32, group: u32) -> Result<()> {
    // 0700 until the owner is right, so that nobody else gets in between.
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => check_directory(path)?,
        Err(e) => return Err(Error::new(path, e)),
    }
    set_owner(path, mode, group)
}

pub(super) fn set_owner(path: &Path, mode: u32, group: u32) -> Result<()> {
    chown(path, Some(0), Some(group))
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .at(path)
}
