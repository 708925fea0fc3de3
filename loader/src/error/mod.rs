// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every reason to refuse, its exit code and what to do about it.

use std::{fmt, io, path::PathBuf};

use bpfsign_format::{FormatError, ReadError};

mod message;
mod reason;

pub use bpfsign_reasons::ExitCode;
pub use reason::Reason;

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
    pub fn new(path: impl Into<PathBuf>, reason: Reason) -> Self {
        Self { path: path.into(), reason: Box::new(reason) }
    }

    /// For `map_err` on input and output.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::new(path, Reason::Io(error))
    }

    /// For `map_err` on a bounded read of a package or an index.
    pub fn read(path: impl Into<PathBuf>) -> impl FnOnce(ReadError) -> Self {
        let path = path.into();
        move |error| {
            let reason = match error {
                ReadError::Io(error) => Reason::Io(error),
                ReadError::NotAFile => Reason::NotAFile,
                ReadError::TooLarge => Reason::Format(FormatError::TooLarge),
            };
            Self::new(path, reason)
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for Error {}

/// The system's error below libbpf-rs's context lines.
#[cfg(feature = "load")]
pub(crate) fn root_cause(error: &libbpf_rs::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
