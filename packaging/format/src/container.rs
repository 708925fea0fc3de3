// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A package's entries, by kind and in their one order (§3).

use std::{collections::BTreeMap, ops::Range};

use bpfsign_keys::KeyId;

use crate::{
    Digests, Document, FormatError, KernelId, Manifest, PROVENANCE, SCHEMA, limits, names, tar,
    tar::Entry,
};

/// A well-formed package in memory. Nothing in it is authentic yet.
#[derive(Debug)]
pub struct Container {
    bytes: Vec<u8>,
    manifest: Range<usize>,
    signatures: Vec<(KeyId, Range<usize>)>,
    chains: Vec<(KeyId, Range<usize>)>,
    payload: Vec<Entry>,
}

/// What a package is made of, for writing one.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// The exact bytes of `manifest.toml`.
    pub manifest: Vec<u8>,
    /// DER signatures by key.
    pub signatures: BTreeMap<KeyId, Vec<u8>>,
    /// Chains of certificates in PEM, by the signer's key.
    pub chains: BTreeMap<KeyId, Vec<u8>>,
    /// Payload files by entry name.
    pub payload: BTreeMap<String, Vec<u8>>,
}

impl Parts {
    /// The package file: the same bytes for the same parts.
    pub fn encode(&self) -> Vec<u8> {
        self.encode_as(Document::Manifest)
    }

    /// The file of another document.
    pub fn encode_as(&self, document: Document) -> Vec<u8> {
        let signatures =
            self.signatures.iter().map(|(id, s)| (format!("signatures/{id}.sig"), s.as_slice()));
        let chains =
            self.chains.iter().map(|(id, c)| (format!("signatures/{id}.pem"), c.as_slice()));
        let mut signatures: Vec<_> = signatures.chain(chains).collect();
        signatures.sort();
        tar::write(
            std::iter::once((document.name(), self.manifest.as_slice()))
                .chain(signatures.iter().map(|(name, bytes)| (name.as_str(), *bytes)))
                .chain(self.payload.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))),
        )
    }
}

#[derive(PartialEq, PartialOrd)]
enum Class {
    Manifest,
    /// A chain comes before the signature that it is for.
    Signature(KeyId, Kind),
    Payload,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Kind {
    Chain,
    Signature,
}

impl Container {
    /// Splits a package file, checking everything that needs no key (§1 to §3).
    ///
    /// # Errors
    /// The [`FormatError`] of the first sentence that the file violates.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, FormatError> {
        Self::parse_as(bytes, Document::Manifest)
    }

    /// Splits the file of another document: as a package, with the document in place of the
    /// manifest. Only packages have a payload.
    ///
    /// # Errors
    /// As [`Container::parse`].
    pub fn parse_as(bytes: Vec<u8>, document: Document) -> Result<Self, FormatError> {
        let container = Self::split(bytes, document)?;
        match container.payload.first().filter(|_| document != Document::Manifest) {
            Some(entry) => Err(FormatError::UnknownEntry(entry.name.clone())),
            None => Ok(container),
        }
    }

    fn split(bytes: Vec<u8>, document: Document) -> Result<Self, FormatError> {
        let entries = tar::entries(&bytes)?;
        let mut manifest = None;
        let (mut signatures, mut chains) = (Vec::new(), Vec::new());
        let mut payload: Vec<Entry> = Vec::new();
        let mut last: Option<(Class, String)> = None;
        for entry in entries {
            let class = classify(&entry, document)?;
            if let Some((last_class, last_name)) = &last {
                check_order((last_class, last_name), (&class, &entry.name))?;
            } else if class != Class::Manifest {
                return Err(FormatError::NoManifest);
            }
            last = Some((class, entry.name.clone()));
            match last {
                Some((Class::Manifest, _)) => manifest = Some(entry.content),
                Some((Class::Signature(id, Kind::Signature), _)) => {
                    signatures.push((id, entry.content));
                }
                Some((Class::Signature(id, Kind::Chain), _)) => chains.push((id, entry.content)),
                _ => payload.push(entry),
            }
        }
        let manifest = manifest.ok_or(FormatError::NoManifest)?;
        if signatures.len() > limits::SIGNATURES {
            return Err(FormatError::TooManySignatures);
        }
        let alone = |(id, _): &&(KeyId, _)| signatures.iter().all(|(other, _)| other != id);
        if let Some((id, _)) = chains.iter().find(alone) {
            return Err(FormatError::ChainAlone(*id));
        }
        Ok(Self { bytes, manifest, signatures, chains, payload })
    }

    /// The whole file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The exact bytes that signatures cover (§5.1).
    pub fn manifest_bytes(&self) -> &[u8] {
        &self.bytes[self.manifest.clone()]
    }

    /// The signatures, in ascending order of key id.
    pub fn signatures(&self) -> impl Iterator<Item = (KeyId, &[u8])> {
        self.signatures.iter().map(|(id, range)| (*id, &self.bytes[range.clone()]))
    }

    /// The chain of certificates that came with a key's signature.
    pub fn chain(&self, id: KeyId) -> Option<&[u8]> {
        let (_, range) = self.chains.iter().find(|(other, _)| *other == id)?;
        Some(&self.bytes[range.clone()])
    }

    /// The payload files, in ascending order of name.
    pub fn payload(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.payload.iter().map(|e| (e.name.as_str(), &self.bytes[e.content.clone()]))
    }

    /// One payload file.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.payload().find(|(n, _)| *n == name).map(|(_, bytes)| bytes)
    }

    /// The manifest, parsed, and found to list exactly the payload. The host
    /// asks for it only after the signatures hold (§5.5).
    ///
    /// # Errors
    /// The [`FormatError`] of the first sentence of §4 or §5.6 that is violated.
    pub fn checked_manifest(&self) -> Result<Manifest, FormatError> {
        let manifest = Manifest::parse(self.manifest_bytes())?;
        self.check_payload(&manifest)?;
        Ok(manifest)
    }

    /// Checks that the payload is exactly what `manifest` lists (§4.7, §5.6).
    fn check_payload(&self, manifest: &Manifest) -> Result<(), FormatError> {
        for listed in &manifest.files {
            let content =
                self.file(&listed.name).ok_or_else(|| FormatError::Missing(listed.name.clone()))?;
            if content.len() as u64 != listed.size {
                return Err(FormatError::WrongSize(listed.name.clone()));
            }
            let digests = Digests::of(content);
            if digests.sm3 != listed.sm3 {
                return Err(FormatError::WrongSm3(listed.name.clone()));
            }
            if digests.sha256 != listed.sha256 {
                return Err(FormatError::WrongSha256(listed.name.clone()));
            }
        }
        match self.payload().find(|(name, _)| manifest.files.iter().all(|f| f.name != *name)) {
            Some((name, _)) => Err(FormatError::Unlisted(name.to_owned())),
            None => Ok(()),
        }
    }

    /// The parts, for writing a changed package.
    pub fn to_parts(&self) -> Parts {
        Parts {
            manifest: self.manifest_bytes().to_vec(),
            signatures: self.signatures().map(|(id, s)| (id, s.to_vec())).collect(),
            chains: self
                .chains
                .iter()
                .map(|(id, range)| (*id, self.bytes[range.clone()].to_vec()))
                .collect(),
            payload: self.payload().map(|(n, b)| (n.to_owned(), b.to_vec())).collect(),
        }
    }
}

/// What kind of entry this is, and whether its size fits the kind (§3.4, §7.1).
fn classify(entry: &Entry, document: Document) -> Result<Class, FormatError> {
    let name = entry.name.as_str();
    let (class, most) = match name.split_once('/') {
        None if name == document.name() => (Class::Manifest, document.most()),
        None if name == SCHEMA => (Class::Payload, limits::SCHEMA_BYTES),
        None if name == PROVENANCE => (Class::Payload, limits::PROVENANCE_BYTES),
        Some(("signatures", file)) => match file.split_at_checked(64) {
            Some((hex, suffix)) => {
                let id = KeyId::from_hex(hex).ok_or_else(|| unknown(name))?;
                match suffix {
                    ".sig" => (Class::Signature(id, Kind::Signature), limits::SIGNATURE_BYTES),
                    ".pem" => (Class::Signature(id, Kind::Chain), limits::CHAIN_BYTES),
                    _ => return Err(unknown(name)),
                }
            }
            None => return Err(unknown(name)),
        },
        Some(("objects", file)) => match file.strip_suffix(".bpf.o") {
            Some(variant) if names::is_target_name(variant) => {
                (Class::Payload, limits::PACKAGE_BYTES)
            }
            _ => return Err(unknown(name)),
        },
        Some(("btf", _)) if KernelId::of_btf_file(name).is_some() => {
            (Class::Payload, limits::BTF_BYTES)
        }
        _ => return Err(unknown(name)),
    };
    if entry.content.len() > most {
        return Err(FormatError::EntryTooLarge(name.to_owned()));
    }
    Ok(class)
}

fn unknown(name: &str) -> FormatError {
    let unsafe_component = |c: &str| c.is_empty() || c == "." || c == "..";
    match name.contains('\\') || name.split('/').any(unsafe_component) {
        true => FormatError::UnsafeName(name.to_owned()),
        false => FormatError::UnknownEntry(name.to_owned()),
    }
}

/// §3.2, §3.3, §3.5.
fn check_order(last: (&Class, &str), next: (&Class, &str)) -> Result<(), FormatError> {
    if last.1 == next.1 || *next.0 == Class::Manifest {
        return Err(FormatError::DuplicateEntry(next.1.to_owned()));
    }
    let in_order = match (last.0, next.0) {
        (Class::Payload, Class::Payload) => last.1 < next.1,
        (last, next) => last < next,
    };
    match in_order {
        true => Ok(()),
        false => Err(FormatError::WrongOrder(next.1.to_owned())),
    }
}
