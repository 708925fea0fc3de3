// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A file, read once, bounded, not yet authentic.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use bpfsign_files::{ReadError, read_bounded, with_suffix};
use bpfsign_format::{Package, SIGNATURE_SUFFIX, is_elf, limits, oci};
use bpfsign_keys::SignatureError;

use crate::{At, Error, Reason, Result};

/// A package, or a bare object with its detached signature, in memory. What is
/// loaded later are these bytes; the file is never opened again.
#[derive(Debug)]
pub struct Sealed {
    pub(crate) path: PathBuf,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Package(Package),
    Object { bytes: Vec<u8>, signature: Vec<u8> },
}

impl Sealed {
    /// Reads a package, or an object together with `<path>.sig`, or the package in a
    /// directory that an OCI tool copied it to.
    ///
    /// # Errors
    /// [`Reason::Io`], [`Reason::NotAFile`], [`Reason::NoPackageIn`], [`Reason::NoSignature`],
    /// and what [`Sealed::from_bytes`] finds.
    pub fn read(path: &Path) -> Result<Self> {
        if path.is_dir() {
            let inside = oci::package_in(path).map_err(|e| {
                let reason = match e.kind() {
                    ErrorKind::NotFound => Reason::NotAFile,
                    ErrorKind::InvalidData => Reason::NoPackageIn(e.to_string()),
                    _ => Reason::Io(e),
                };
                Error::new(path, reason)
            })?;
            return Self::read_file(&inside);
        }
        Self::read_file(path)
    }

    fn read_file(path: &Path) -> Result<Self> {
        let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
        if !is_elf(&bytes) {
            return Self::from_bytes(path, bytes);
        }
        let beside = with_suffix(path, SIGNATURE_SUFFIX);
        match read_bounded(&beside, limits::SIGNATURE_BYTES) {
            Ok(signature) => {
                let content = Content::Object { bytes, signature };
                Ok(Self { path: path.to_owned(), content })
            }
            Err(ReadError::Io(e)) if e.kind() == ErrorKind::NotFound => {
                Err(Error::new(path, Reason::NoSignature(beside)))
            }
            Err(ReadError::TooLarge) => {
                let signer = beside.display().to_string();
                let error = SignatureError::NotDer;
                Err(Error::new(path, Reason::Signature { signer, error }))
            }
            Err(error) => Err(Error::new(beside, error)),
        }
    }

    /// Takes a package's bytes; `path` is for messages.
    ///
    /// # Errors
    /// [`Reason::Format`]: the first sentence of §1 to §3 that they violate.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let container =
            Package::parse(bytes).map_err(|error| Error::new(path, Reason::Format(error)))?;
        Ok(Self { path: path.to_owned(), content: Content::Package(container) })
    }
}
