// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Private keys and passphrases in files that only their owner may read.

use std::{
    fs,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use bpfsign_reasons::{io_hint, reasons};
use zeroize::Zeroizing;

use crate::{KeyError, SecretKey};

/// The largest key or passphrase file that is read, in bytes.
const MAX_FILE: u64 = 16 * 1024;

reasons! {
    /// Why a file with a private key or a passphrase was refused.
    pub enum FileError {
        /// The file cannot be opened or read.
        Io { path: PathBuf, error: io::Error } => "io", Failed,
            { format!("cannot read {}: {error}", path.display()) },
            { io_hint(error).or_else(|| Some("check the file".to_owned())) }, error;
        /// Group or others may read or write the file. Its owner alone should.
        Mode { path: PathBuf, mode: u32 } => "key-mode", Failed,
            { format!("{} is accessible to others (mode {mode:04o})", path.display()) },
            { Some(format!("chmod 600 {}", path.display())) };
        /// The file is not a regular one, is larger than any key, is empty, or is not text.
        NotAKey { path: PathBuf } => "key", Failed,
            { format!("{} is not a key or passphrase file", path.display()) },
            "give an SM2 key in PEM PKCS#8, as `bpfsign keygen` writes it";
        /// The file's content is not a usable key.
        Key { path: PathBuf, error: KeyError } => { error.code() }, Failed,
            { format!("{}: {error}", path.display()) },
            {
                match error {
                    KeyError::PassphraseNeeded | KeyError::CannotDecrypt => error.hint(),
                    _ => Some("give an SM2 key in PEM PKCS#8, as `bpfsign keygen` writes it".to_owned()),
                }
            }, error;
    }
}

/// Reads a private key file, PEM PKCS#8.
///
/// # Errors
/// [`FileError`]: unreadable, accessible to others, or not a usable key.
pub fn read_secret_key(path: &Path, passphrase: Option<&[u8]>) -> Result<SecretKey, FileError> {
    let text = read_private(path)?;
    SecretKey::from_pem(&text, passphrase)
        .map_err(|error| FileError::Key { path: path.to_owned(), error })
}

/// Reads a passphrase file: its first line, without the line ending.
///
/// # Errors
/// [`FileError`]: unreadable, accessible to others, or empty.
pub fn read_passphrase(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let text = read_private(path)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(FileError::NotAKey { path: path.to_owned() });
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn read_private(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let io = |error| FileError::Io { path: path.to_owned(), error };
    let not_a_key = || FileError::NotAKey { path: path.to_owned() };
    let file = fs::File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if metadata.mode() & 0o077 != 0 {
        return Err(FileError::Mode { path: path.to_owned(), mode: metadata.mode() & 0o7777 });
    }
    if !metadata.is_file() || metadata.len() > MAX_FILE {
        return Err(not_a_key());
    }
    // Sized once, so that no reallocation leaves a copy of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE as usize + 1));
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(io)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if bytes.len() as u64 <= MAX_FILE => Ok(Zeroizing::new(text.to_owned())),
        _ => Err(not_a_key()),
    }
}
