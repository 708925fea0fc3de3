// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The kinds of entries that a signed file has, and their one order (§3).

use bpfsign_keys::KeyId;

use crate::{Document, FormatError, KernelId, PROVENANCE, SCHEMA, limits, names, tar::Entry};

/// What an entry is. In a file, the kinds come in this order.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// The first entry: the text that signatures cover.
    Text,
    /// A signature, or the chain of certificates that comes before it.
    Signed(KeyId, By),
    /// A file of a package.
    Payload,
}

/// What says who signed.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum By {
    Chain,
    Signature,
}

/// What kind of entry this is, and whether its size fits the kind (§3.4, §7.1).
pub(crate) fn classify(entry: &Entry, document: Document) -> Result<Kind, FormatError> {
    let name = entry.name.as_str();
    let known = match name.split_once('/') {
        None if name == document.first_entry() => Some((Kind::Text, document.most())),
        Some(("signatures", file)) => signed(file),
        _ if document == Document::Package => payload(name).map(|most| (Kind::Payload, most)),
        _ => None,
    };
    let (kind, most) = known.ok_or_else(|| unknown(name, document))?;
    if entry.content.len() > most {
        return Err(FormatError::EntryTooLarge(name.to_owned()));
    }
    Ok(kind)
}

/// `<key id>.sig` or `<key id>.pem`, and the most bytes that it may have.
fn signed(file: &str) -> Option<(Kind, usize)> {
    let (hex, suffix) = file.split_at_checked(64)?;
    let id = KeyId::from_hex(hex)?;
    match suffix {
        ".sig" => Some((Kind::Signed(id, By::Signature), limits::SIGNATURE_BYTES)),
        ".pem" => Some((Kind::Signed(id, By::Chain), limits::CHAIN_BYTES)),
        _ => None,
    }
}

/// The most bytes that the payload file with this name may have; `None` for no such file.
fn payload(name: &str) -> Option<usize> {
    match name.split_once('/') {
        None if name == SCHEMA => Some(limits::SCHEMA_BYTES),
        None if name == PROVENANCE => Some(limits::PROVENANCE_BYTES),
        Some(("objects", file)) => {
            let variant = file.strip_suffix(".bpf.o")?;
            names::is_target_name(variant).then_some(limits::PACKAGE_BYTES)
        }
        Some(("btf", _)) => KernelId::of_btf_file(name).map(|_| limits::BTF_BYTES),
        _ => None,
    }
}

fn unknown(name: &str, document: Document) -> FormatError {
    let unsafe_component = |c: &str| c.is_empty() || c == "." || c == "..";
    match name.contains('\\') || name.split('/').any(unsafe_component) {
        true => FormatError::UnsafeName(name.to_owned()),
        false => FormatError::UnknownEntry { name: name.to_owned(), document },
    }
}

/// The first entry is the document's text (§3.1).
pub(crate) fn check_first(entry: &Entry, document: Document) -> Result<(), FormatError> {
    match Document::of_first_entry(&entry.name) {
        Some(found) if found == document => Ok(()),
        Some(found) => Err(FormatError::OtherDocument { expected: document, found }),
        // A name that no entry has is reported before its place.
        None => classify(entry, document).and(Err(FormatError::NotFirst(document))),
    }
}

/// Each entry follows the one before (§3.2, §3.3), and none occurs twice (§3.5).
pub(crate) fn check_order(last: (Kind, &str), next: (Kind, &str)) -> Result<(), FormatError> {
    if last.1 == next.1 || next.0 == Kind::Text {
        return Err(FormatError::DuplicateEntry(next.1.to_owned()));
    }
    let in_order = match (last.0, next.0) {
        (Kind::Payload, Kind::Payload) => last.1 < next.1,
        (last, next) => last < next,
    };
    match in_order {
        true => Ok(()),
        false => Err(FormatError::WrongOrder(next.1.to_owned())),
    }
}
