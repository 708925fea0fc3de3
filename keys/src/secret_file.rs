// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Private keys and passphrases in files that only their owner may read.

use std::{
    fmt, fs,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{KeyError, SecretKey};

/// The largest key or passphrase file that is read, in bytes.
const MAX_FILE: u64 = 16 * 1024;

/// Why a secret file was refused.
#[derive(Debug)]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: FileErrorReason,
}

/// What is wrong with a secret file.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileErrorReason {
    /// It cannot be opened or read.
    Io(io::Error),
    /// Group or others have access to it; the mode is given.
    Mode(u32),
    /// It is larger than any key, not a regular file, or not text.
    NotAKey,
    /// Its content is refused.
    Key(KeyError),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.reason {
            FileErrorReason::Io(error) => write!(f, "cannot read {path}: {error}"),
            FileErrorReason::Mode(mode) => {
                write!(f, "{path} is accessible to others (mode {mode:04o})")
            }
            FileErrorReason::NotAKey => write!(f, "{path} is not a key or passphrase file"),
            FileErrorReason::Key(error) => write!(f, "{path}: {error}"),
        }
    }
}

impl std::error::Error for FileError {}

/// Reads a private key file, PEM PKCS#8.
///
/// # Errors
/// [`FileError`]: unreadable, accessible to others, or not a usable key.
pub fn read_secret_key(path: &Path, passphrase: Option<&[u8]>) -> Result<SecretKey, FileError> {
    let text = read_private(path)?;
    SecretKey::from_pem(&text, passphrase).map_err(|e| fail(path, FileErrorReason::Key(e)))
}

/// Reads a passphrase file: its first line, without the line ending.
///
/// # Errors
/// [`FileError`]: unreadable, accessible to others, or empty.
pub fn read_passphrase(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let text = read_private(path)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(fail(path, FileErrorReason::NotAKey));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn fail(path: &Path, reason: FileErrorReason) -> FileError {
    FileError { path: path.to_owned(), reason }
}

fn read_private(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let io = |e| fail(path, FileErrorReason::Io(e));
    let file = fs::File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if metadata.mode() & 0o077 != 0 {
        return Err(fail(path, FileErrorReason::Mode(metadata.mode() & 0o7777)));
    }
    if !metadata.is_file() || metadata.len() > MAX_FILE {
        return Err(fail(path, FileErrorReason::NotAKey));
    }
    // Sized once, so that no reallocation leaves a copy of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE as usize + 1));
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(io)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if bytes.len() as u64 <= MAX_FILE => Ok(Zeroizing::new(text.to_owned())),
        _ => Err(fail(path, FileErrorReason::NotAKey)),
    }
}
