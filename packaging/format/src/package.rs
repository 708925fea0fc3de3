// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A package: an envelope whose text is a manifest, with the files that the manifest lists.

use std::collections::BTreeMap;

use bpfsign_keys::KeyId;

use crate::{Digests, Document, Envelope, FormatError, Manifest, envelope, tar::Entry};

/// A well-formed package in memory. Nothing in it is authentic yet.
#[derive(Debug)]
pub struct Package {
    envelope: Envelope,
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
        let Self { manifest, signatures, chains, payload } = self;
        envelope::encode(Document::Package, manifest, signatures, chains, payload)
    }
}

impl Package {
    /// Splits a package file, checking everything that needs no key (§1 to §3).
    ///
    /// # Errors
    /// The [`FormatError`] of the first sentence that the file violates.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, FormatError> {
        let (envelope, payload) = Envelope::split(bytes, Document::Package)?;
        Ok(Self { envelope, payload })
    }

    /// The manifest's text and the signatures over it.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The whole file.
    pub fn as_bytes(&self) -> &[u8] {
        self.envelope.as_bytes()
    }

    /// The whole file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.envelope.into_bytes()
    }

    /// The exact bytes of the manifest, which signatures cover (§5.1).
    pub fn manifest_bytes(&self) -> &[u8] {
        self.envelope.text()
    }

    /// The payload files, in ascending order of name.
    pub fn payload(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let bytes = self.as_bytes();
        self.payload.iter().map(|e| (e.name.as_str(), &bytes[e.content.clone()]))
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
        let envelope = self.envelope.to_parts();
        Parts {
            manifest: envelope.text,
            signatures: envelope.signatures,
            chains: envelope.chains,
            payload: self.payload().map(|(n, b)| (n.to_owned(), b.to_vec())).collect(),
        }
    }
}
