// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What `pull` and `fetch` do with a verified package.

use std::{io::ErrorKind, path::Path};

use bpfsign_files::{ReadError, read_bounded, write_new};
use bpfsign_format::limits;
use bpfsign_verify::Verified;

use crate::failure::Failure;

/// Whether the same bytes are at `path` already.
///
/// # Errors
/// Something else is there.
pub(crate) fn is_there(verified: &Verified, path: &Path) -> Result<bool, Failure> {
    match read_bounded(path, limits::PACKAGE_BYTES) {
        Err(ReadError::Io(e)) if e.kind() == ErrorKind::NotFound => Ok(false),
        Ok(there) if there == verified.bytes() => Ok(true),
        _ => Err(Failure::io(path, &ErrorKind::AlreadyExists.into())),
    }
}

/// Writes the verified bytes to a new file; the same file may be there already.
///
/// # Errors
/// Something else is there, or it cannot be written.
pub fn keep(verified: &Verified, path: &Path) -> Result<(), Failure> {
    match is_there(verified, path)? {
        true => Ok(()),
        false => write_new(path, verified.bytes(), 0o644).map_err(|e| Failure::io(path, &e)),
    }
}

/// Name, version and sequence, for people.
pub fn release(verified: &Verified) -> String {
    match verified.manifest() {
        Some(m) => format!("{} {}, sequence {}", m.name, m.version, m.sequence),
        None => verified.name().to_owned(),
    }
}
