// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which files are packages, and which are objects.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The packages (`*.bpfpkg`) in a directory, in the order of their names.
///
/// # Errors
/// The system's.
pub fn package_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?.map(|entry| entry.map(|e| e.path()));
    let mut files = entries.collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "bpfpkg"));
    files.sort();
    Ok(files)
}

/// Whether the bytes are an ELF file's, and so an object and not a package.
#[must_use]
pub fn is_elf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF")
}
