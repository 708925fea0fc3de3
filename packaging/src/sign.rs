// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signing packages and bare objects.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use bpfsign_files::{Staged, commit, read_bounded, stage, with_suffix, write_whole};
use bpfsign_format::{
    Document, Envelope, EnvelopeParts, Package, SIGNATURE_SUFFIX, bpf::ObjectFacts, is_elf, limits,
};
use bpfsign_keys::{CertError, Chain, Signer};

use crate::{At, Error, Reason, Result, parallel::try_map};

/// What was signed.
#[derive(Debug)]
pub struct Signed {
    /// Package or object.
    pub kind: SignedKind,
    /// The file that now holds the signature.
    pub output: PathBuf,
    /// How many signatures that file holds.
    pub signatures: usize,
}

/// Package or object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedKind {
    /// The signature is inside.
    Package,
    /// The signature lies beside, in `<file>.sig`.
    Object,
}

/// Signs packages in place, and objects with a detached signature: all of them or none. A
/// package whose files are not those that its manifest lists is not signed. Signing again with the same key
/// gives the same bytes. `chain` are certificates in PEM that lead from the key to
/// an authority, for packages only.
///
/// # Errors
/// [`Error`] with the first file that cannot be signed; all files are then as they were.
pub fn sign_all(paths: &[PathBuf], key: &dyn Signer, chain: Option<&[u8]>) -> Result<Vec<Signed>> {
    // A missing file is an error when it is read, below.
    let mut seen = BTreeSet::new();
    let again = paths.iter().find(|p| p.canonicalize().is_ok_and(|p| !seen.insert(p)));
    if let Some(path) = again {
        return Err(Error::new(path, Reason::Twice));
    }
    let prepared = match key.shared() {
        Some(key) => try_map(paths, |path| prepare(path, key, chain))?,
        None => paths.iter().map(|path| prepare(path, key, chain)).collect::<Result<_>>()?,
    };
    let (signed, staged): (Vec<_>, Vec<_>) = prepared.into_iter().unzip();
    commit(staged).or_else(|(path, error)| Err(error).at(path))?;
    Ok(signed)
}

/// Writes the signed file beside the one that it will replace.
fn prepare(path: &Path, key: &dyn Signer, chain: Option<&[u8]>) -> Result<(Signed, Staged)> {
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
    if is_elf(&bytes) {
        return prepare_object(path, &bytes, key);
    }
    let package = Package::parse(bytes).at(path)?;
    package.checked_manifest().at(path)?;
    let signature = key.sign(package.manifest_bytes()).at(path)?;
    let mut parts = package.to_parts();
    parts.signatures.insert(key.public().id(), signature);
    match chain {
        Some(pem) => {
            check_chain(pem, key).at(path)?;
            parts.chains.insert(key.public().id(), pem.to_vec());
        }
        None => {
            parts.chains.remove(&key.public().id());
        }
    }
    let signatures = parts.signatures.len();
    // Hosts must be able to read it: this finds a signature too many.
    let signed = Package::parse(parts.encode()).at(path)?;
    let staged = stage(path, signed.as_bytes(), 0o644).at(path)?;
    Ok((Signed { kind: SignedKind::Package, output: path.to_owned(), signatures }, staged))
}

/// The file of a trust update or an index with this text, not signed yet.
pub fn build_document(document: Document, text: Vec<u8>) -> Vec<u8> {
    EnvelopeParts::new(document, text).encode()
}

/// Signs a trust update or an index in place, and gives how many signatures it has then.
///
/// # Errors
/// [`Error`]; the file is then as it was.
pub fn sign_document(document: Document, path: &Path, key: &dyn Signer) -> Result<usize> {
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
    let file = Envelope::parse(bytes, document).at(path)?;
    let signature = key.sign(file.text()).at(path)?;
    let mut parts = file.to_parts();
    parts.signatures.insert(key.public().id(), signature);
    let signed = Envelope::parse(parts.encode(), document).at(path)?;
    write_whole(path, signed.as_bytes(), 0o644).at(path)?;
    Ok(parts.signatures.len())
}

/// Checks that the chain's first certificate is for this key.
fn check_chain(pem: &[u8], key: &dyn Signer) -> Result<(), Reason> {
    let chain = Chain::from_pem(pem)?;
    match chain.signer().key() == key.public() {
        true => Ok(()),
        false => Err(Reason::Certificate(CertError::OtherKey)),
    }
}

fn prepare_object(path: &Path, bytes: &[u8], key: &dyn Signer) -> Result<(Signed, Staged)> {
    ObjectFacts::open(bytes).at(path)?;
    let signature = key.sign(bytes).at(path)?;
    let output = with_suffix(path, SIGNATURE_SUFFIX);
    let staged = stage(&output, &signature, 0o644).at(&output)?;
    Ok((Signed { kind: SignedKind::Object, output, signatures: 1 }, staged))
}
