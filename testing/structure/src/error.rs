// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why the tree could not be looked at.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// What stopped a check before it had a result.
#[derive(Debug)]
pub enum Error {
    /// A file or folder could not be read or written.
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not Rust.
    Syntax {
        /// Which one.
        path: PathBuf,
        /// Where in it, and what the parser said.
        source: syn::Error,
    },
    /// A module is declared and its file is not there.
    NoModule {
        /// The file that declares it.
        path: PathBuf,
        /// The name of the module.
        module: String,
    },
    /// `cargo metadata` failed, or its answer is not as expected.
    Metadata(String),
    /// A page has no place for what is generated.
    NoMarkers {
        /// The page.
        path: PathBuf,
        /// The comment that is missing.
        marker: &'static str,
    },
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// For `map_err`: the error of the system, with the path that it is about.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Syntax { path, source } => {
                write!(f, "{}:{}: {source}", path.display(), source.span().start().line)
            }
            Self::NoModule { path, module } => {
                write!(f, "{}: no file for the module {module}", path.display())
            }
            Self::Metadata(message) => write!(f, "cargo metadata: {message}"),
            Self::NoMarkers { path, marker } => {
                write!(f, "{}: no {marker} where the crates are to be listed", path.display())
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Syntax { source, .. } => Some(source),
            _ => None,
        }
    }
}
