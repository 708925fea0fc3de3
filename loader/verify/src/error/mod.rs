// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every reason to refuse, its exit code and what to do about it.

use std::{fmt, io, path::PathBuf};

use bpfsign_format::{FormatError, ReadError};

mod message;
mod reason;

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

/// The documented exit codes (docs/spec/cli-v1.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Input, output or another failure of the environment.
    Failed = 1,
    /// The command line.
    Usage = 2,
    /// Not authentic: signature, digest, malformed package.
    NotAuthentic = 3,
    /// Not trusted: signer, threshold, expired, rolled back.
    NotTrusted = 4,
    /// Refused by policy, or the policy itself cannot be trusted.
    Policy = 5,
    /// This host cannot run it.
    CannotRun = 6,
    /// The kernel refused to load or attach it.
    LoadFailed = 7,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for Error {}
