// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every reason to refuse: its code, its exit code, what it says and what to do about it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use bpfsign_files::ReadError;
use bpfsign_format::FormatError;

mod mismatch;
mod reason;
mod refusal;
mod texts;

pub use bpfsign_reasons::ExitCode;
pub use mismatch::Mismatch;
pub use reason::Reason;
pub use refusal::PolicyRefusal;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was refused or failed, and for which file.
#[derive(Debug)]
pub struct Error {
    /// The file, directory or package concerned.
    pub path: PathBuf,
    /// The reason. Boxed, so that results stay small.
    pub reason: Box<Reason>,
}

impl Error {
    /// An error about `path`.
    pub fn new(path: impl Into<PathBuf>, reason: impl Into<Reason>) -> Self {
        Self { path: path.into(), reason: Box::new(reason.into()) }
    }

    /// What to do about it, as one line; `None` where nothing can be said.
    pub fn hint(&self) -> Option<String> {
        let hint = self.reason.hint()?;
        Some(hint.replace("{path}", &self.path.to_string_lossy()))
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
        self.map_err(|reason| Error::new(path.as_ref(), reason))
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
    use super::*;

    #[test]
    fn every_code_is_documented() {
        let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/cli-v1.md");
        let spec = std::fs::read_to_string(spec).unwrap();
        for code in [Reason::codes(), Mismatch::codes(), PolicyRefusal::codes()].concat() {
            assert!(spec.contains(&format!("`{code}`")), "{code}");
        }
    }

    #[test]
    fn a_hint_names_the_file() {
        let error = Error::new("/run/x", Reason::UnsafeDirectory);
        assert_eq!(error.hint().unwrap(), "chown root /run/x && chmod go-w /run/x");
        let none = Error::new("/x", std::io::Error::from_raw_os_error(libc::EIO));
        assert_eq!(none.hint(), None);
    }
}
