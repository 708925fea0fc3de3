// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a package cannot be built, read or signed, and for which file.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use bpfsign_files::ReadError;
use bpfsign_format::FormatError;

mod disagreement;
mod reason;

pub use disagreement::Disagreement;
pub use reason::Reason;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something failed, and for which file.
#[derive(Debug)]
pub struct Error {
    /// The file or directory concerned.
    pub path: PathBuf,
    /// The reason. Boxed, so that results stay small.
    pub reason: Box<Reason>,
}

impl Error {
    /// An error about `path`.
    pub fn new(path: impl Into<PathBuf>, reason: Reason) -> Self {
        Self { path: path.into(), reason: Box::new(reason) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.reason)
    }
}

/// Says which file a result is about.
pub trait At<T> {
    /// The result, with `path` in its error.
    ///
    /// # Errors
    /// [`Error`] of the reason that the result has.
    fn at(self, path: impl AsRef<Path>) -> Result<T>;
}

impl<T, E: Into<Reason>> At<T> for Result<T, E> {
    fn at(self, path: impl AsRef<Path>) -> Result<T> {
        self.map_err(|reason| Error::new(path.as_ref(), reason.into()))
    }
}

impl From<ReadError> for Reason {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => Self::Io(error),
            ReadError::NotAFile => Self::NotAFile,
            ReadError::TooLarge => Self::Format(FormatError::TooLarge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Disagreement, Reason};

    #[test]
    fn every_code_is_documented() {
        let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/spec/cli-v1.md");
        let spec = std::fs::read_to_string(spec).unwrap();
        for code in [Reason::codes(), Disagreement::codes()].concat() {
            assert!(spec.contains(&format!("`{code}`")), "{code}");
        }
    }
}
