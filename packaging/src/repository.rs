// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The index of a directory of packages (docs/spec/index-v1.md).

use std::path::Path;

use bpfsign_files::{read_bounded, write_whole};
use bpfsign_format::{
    Date, Document, Envelope, INDEX_FILE, Index, IndexEntry, Package, is_package_file, limits,
    package_files, sm3_hex,
};

use crate::{At, Error, Reason, Result, build_document, parallel::try_map};

/// What an index says besides its packages.
#[derive(Debug)]
pub struct IndexOptions {
    /// The repository's name; without one, that of the index that is there.
    pub name: Option<String>,
    /// Its sequence; without one, the next after the index that is there.
    pub sequence: Option<u64>,
    /// The day on which it is made.
    pub issued: Date,
    /// The last day on which it counts.
    pub expires: Date,
}

/// Writes the index of all packages in a directory, not signed yet, over the one that is
/// there.
///
/// # Errors
/// [`Error`] with the file that cannot be listed; the directory is then as it was.
pub fn build_index(directory: &Path, options: &IndexOptions) -> Result<Index> {
    let path = directory.join(INDEX_FILE);
    let before = existing(&path)?;
    let unnamed = || Reason::Index("it has no name yet: give --name".to_owned());
    let before_name = before.as_ref().map(|index| index.name.clone());
    let index = Index {
        index: 1,
        name: options.name.clone().or(before_name).ok_or_else(unnamed).at(&path)?,
        sequence: options.sequence.unwrap_or(before.map_or(1, |index| index.sequence + 1)),
        issued: options.issued.to_string(),
        expires: options.expires.to_string(),
        packages: entries(directory)?,
    };
    index.validate().map_err(Reason::Index).at(&path)?;
    let bytes = build_document(Document::Index, index.encode().into_bytes());
    // Hosts must be able to read it: this finds too many packages.
    Envelope::parse(bytes.clone(), Document::Index).at(&path)?;
    write_whole(&path, &bytes, 0o644).at(&path)?;
    Ok(index)
}

/// The index that is there, which the new one replaces. Its signatures are not checked: it
/// is the author's own, and may not be signed yet.
fn existing(path: &Path) -> Result<Option<Index>> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
    let file = Envelope::parse(bytes, Document::Index).at(path)?;
    Index::parse(file.text()).map(Some).map_err(Reason::Index).at(path)
}

fn entries(directory: &Path) -> Result<Vec<IndexEntry>> {
    let files = package_files(directory).at(directory)?;
    try_map(&files, |file| entry(file))
}

fn entry(path: &Path) -> Result<IndexEntry> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !is_package_file(&file) {
        let why = "name the file [a-z0-9][a-z0-9._-]*.bpfpkg, without `..`".to_owned();
        return Err(Error::new(path, Reason::Index(why)));
    }
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
    let (size, sm3) = (bytes.len() as u64, sm3_hex(&bytes));
    let package = Package::parse(bytes).at(path)?;
    let manifest = package.checked_manifest().at(path)?;
    let (name, version) = (manifest.name, manifest.version);
    Ok(IndexEntry { file, name, version, sequence: manifest.sequence, size, sm3 })
}
