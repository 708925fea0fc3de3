// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where repositories are read from.

use std::path::PathBuf;

use bpfsign_files::read_bounded;
use bpfsign_format::{INDEX_FILE, IndexEntry, limits};
use bpfsign_verify::{At, Trust, Verified, VerifiedIndex};

use crate::failure::Failure;

/// A repository, of which nothing is trusted.
pub trait Source {
    /// What a file of it is called in messages.
    fn path(&self, file: &str) -> PathBuf;

    /// A whole file of it, of at most `most` bytes.
    ///
    /// # Errors
    /// The file cannot be read, or is larger.
    fn read(&self, file: &str, most: usize) -> Result<Vec<u8>, Failure>;
}

/// Which repositories a `bpfsign` can reach, with the options for it.
pub trait Reach: clap::Args {
    /// The repository of this name: a path, or an address with `://` in it.
    ///
    /// # Errors
    /// There is no way to it, or the options do not fit.
    fn open(self, source: &str) -> Result<Box<dyn Source>, Failure>;
}

/// The host's: directories only.
#[derive(Debug, clap::Args)]
pub struct Directories {}

impl Reach for Directories {
    fn open(self, source: &str) -> Result<Box<dyn Source>, Failure> {
        if source.contains("://") {
            let hint = "copy the directory to this host; the author's bpfsign fetches from the web";
            let message = format!("{source}: the host's bpfsign has no network client");
            return Err(Failure::usage(message, hint.to_owned()));
        }
        Ok(Box::new(Directory(source.into())))
    }
}

/// A repository in a directory.
pub struct Directory(pub PathBuf);

impl Source for Directory {
    fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    fn read(&self, file: &str, most: usize) -> Result<Vec<u8>, Failure> {
        let path = self.path(file);
        Ok(read_bounded(&path, most).at(path)?)
    }
}

/// The index of a repository, signed as `trust` says.
pub(crate) fn index(source: &dyn Source, trust: &Trust) -> Result<VerifiedIndex, Failure> {
    let bytes = source.read(INDEX_FILE, limits::PACKAGE_BYTES)?;
    Ok(VerifiedIndex::verify(&source.path(INDEX_FILE), bytes, trust)?)
}

/// A package of a repository: the file that the index lists, verified by itself.
pub(crate) fn package(
    source: &dyn Source,
    index: &VerifiedIndex,
    entry: &IndexEntry,
    trust: &Trust,
) -> Result<Verified, Failure> {
    let bytes = source.read(&entry.file, entry.size as usize)?;
    Ok(index.package(entry, &source.path(&entry.file), bytes, trust)?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Directories, Reach};

    #[test]
    fn the_host_reaches_directories_only() {
        let Err(refused) = (Directories {}).open("https://localhost/stable") else {
            panic!("a host reached the web");
        };
        let refused = serde_json::to_value(refused).unwrap_or_default();
        assert_eq!(refused["code"], "usage");
        assert_eq!(refused["exit"], 2);
        let source = (Directories {}).open("/media/stable").map(|source| source.path("a"));
        assert_eq!(source.ok().as_deref(), Some(Path::new("/media/stable/a")));
    }
}
