// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading a policy that only root could have written.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use crate::{Error, Reason, Result};

/// The largest policy that is read, in bytes.
const MAX_POLICY: u64 = 256 * 1024;

/// Reads a file that only root can change: it and every directory above it
/// belong to root and nobody else may write them.
pub(super) fn read_trusted(path: &Path) -> Result<String> {
    let io = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::new(path, Reason::PolicyMissing),
        _ => Error::new(path, error),
    };
    let real = path.canonicalize().map_err(io)?;
    for directory in real.ancestors().skip(1) {
        check_owner(path, directory, &directory.metadata().map_err(io)?)?;
    }
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(&real)
        .map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    check_owner(path, &real, &metadata)?;
    if !metadata.is_file() {
        return Err(Error::new(path, Reason::NotAFile));
    }
    let mut text = String::new();
    file.take(MAX_POLICY + 1).read_to_string(&mut text).map_err(io)?;
    match text.len() as u64 <= MAX_POLICY {
        true => Ok(text),
        false => Err(Error::new(path, Reason::PolicyInvalid("larger than 256 KiB".into()))),
    }
}

fn check_owner(policy: &Path, what: &Path, metadata: &std::fs::Metadata) -> Result<()> {
    match metadata.uid() == 0 && metadata.mode() & 0o022 == 0 {
        true => Ok(()),
        false => Err(Error::new(policy, Reason::PolicyWritable(what.to_owned()))),
    }
}
