// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What all signed files are: a tar with a text, and signatures over exactly that text (§1
//! to §3).

use std::{collections::BTreeMap, ops::Range};

use bpfsign_keys::KeyId;

use crate::{
    Document, FormatError,
    entry::{By, Kind, check_first, check_order, classify},
    limits, tar,
    tar::Entry,
};

/// A well-formed signed file in memory. Nothing in it is authentic yet.
#[derive(Debug)]
pub struct Envelope {
    bytes: Vec<u8>,
    document: Document,
    text: Range<usize>,
    signatures: Vec<(KeyId, Range<usize>)>,
    chains: Vec<(KeyId, Range<usize>)>,
}

/// What a signed file without payload is made of, for writing one.
#[derive(Debug, Clone)]
pub struct EnvelopeParts {
    /// What it is.
    pub document: Document,
    /// The exact bytes of its text.
    pub text: Vec<u8>,
    /// DER signatures by key.
    pub signatures: BTreeMap<KeyId, Vec<u8>>,
    /// Chains of certificates in PEM, by the signer's key.
    pub chains: BTreeMap<KeyId, Vec<u8>>,
}

impl EnvelopeParts {
    /// A document that nobody signed yet.
    pub fn new(document: Document, text: Vec<u8>) -> Self {
        Self { document, text, signatures: BTreeMap::new(), chains: BTreeMap::new() }
    }

    /// The file: the same bytes for the same parts.
    pub fn encode(&self) -> Vec<u8> {
        encode(self.document, &self.text, &self.signatures, &self.chains, &BTreeMap::new())
    }
}

/// The file of these parts.
pub(crate) fn encode(
    document: Document,
    text: &[u8],
    signatures: &BTreeMap<KeyId, Vec<u8>>,
    chains: &BTreeMap<KeyId, Vec<u8>>,
    payload: &BTreeMap<String, Vec<u8>>,
) -> Vec<u8> {
    let signatures = signatures.iter().map(|(id, s)| (format!("signatures/{id}.sig"), s));
    let chains = chains.iter().map(|(id, c)| (format!("signatures/{id}.pem"), c));
    let mut signed: Vec<_> = signatures.chain(chains).collect();
    signed.sort();
    let signed = signed.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let payload = payload.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    tar::write(std::iter::once((document.first_entry(), text)).chain(signed).chain(payload))
}

impl Envelope {
    /// Splits the file of a document, checking everything that needs no key (§1 to §3). The
    /// payload of a package is checked and left to [`Package`](crate::Package).
    ///
    /// # Errors
    /// The [`FormatError`] of the first sentence that the file violates.
    pub fn parse(bytes: Vec<u8>, document: Document) -> Result<Self, FormatError> {
        Self::split(bytes, document).map(|(envelope, _)| envelope)
    }

    /// As [`Envelope::parse`], with the entries of the payload.
    pub(crate) fn split(
        bytes: Vec<u8>,
        document: Document,
    ) -> Result<(Self, Vec<Entry>), FormatError> {
        let mut entries = tar::entries(&bytes)?.into_iter();
        let first = entries.next().ok_or(FormatError::NotFirst(document))?;
        check_first(&first, document)?;
        let (mut signatures, mut chains) = (Vec::new(), Vec::new());
        let mut payload: Vec<Entry> = Vec::new();
        let mut last = (classify(&first, document)?, first.name);
        for entry in entries {
            let kind = classify(&entry, document)?;
            check_order((last.0, &last.1), (kind, &entry.name))?;
            last = (kind, entry.name.clone());
            match kind {
                Kind::Signed(id, By::Signature) => signatures.push((id, entry.content)),
                Kind::Signed(id, By::Chain) => chains.push((id, entry.content)),
                Kind::Text | Kind::Payload => payload.push(entry),
            }
        }
        if signatures.len() > limits::SIGNATURES {
            return Err(FormatError::TooManySignatures);
        }
        let alone = |(id, _): &&(KeyId, _)| signatures.iter().all(|(other, _)| other != id);
        if let Some((id, _)) = chains.iter().find(alone) {
            return Err(FormatError::ChainAlone(*id));
        }
        Ok((Self { bytes, document, text: first.content, signatures, chains }, payload))
    }

    /// The whole file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The exact bytes that signatures cover (§5.1): of a package, its manifest.
    pub fn text(&self) -> &[u8] {
        &self.bytes[self.text.clone()]
    }

    /// The signatures, in ascending order of key id.
    pub fn signatures(&self) -> impl Iterator<Item = (KeyId, &[u8])> {
        self.signatures.iter().map(|(id, range)| (*id, &self.bytes[range.clone()]))
    }

    /// The chains of certificates, by the key whose signature each came with.
    pub fn chains(&self) -> impl Iterator<Item = (KeyId, &[u8])> {
        self.chains.iter().map(|(id, range)| (*id, &self.bytes[range.clone()]))
    }

    /// The chain of certificates that came with a key's signature.
    pub fn chain(&self, id: KeyId) -> Option<&[u8]> {
        self.chains().find(|(other, _)| *other == id).map(|(_, pem)| pem)
    }

    /// The parts, without a package's payload, for writing a changed file.
    pub fn to_parts(&self) -> EnvelopeParts {
        let owned = |(id, bytes): (KeyId, &[u8])| (id, bytes.to_vec());
        EnvelopeParts {
            document: self.document,
            text: self.text().to_vec(),
            signatures: self.signatures().map(owned).collect(),
            chains: self.chains().map(owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Package, Parts};

    const ALL: [(Document, &str, &str); 3] = [
        (Document::Package, "a package", "manifest.toml"),
        (Document::Trust, "a trust update", "trust.toml"),
        (Document::Index, "an index", "index.toml"),
    ];

    #[test]
    fn a_document_in_the_place_of_another_is_named() {
        for (found, found_name, found_entry) in ALL {
            let file = EnvelopeParts::new(found, b"x = 1\n".to_vec()).encode();
            for (expected, name, entry) in ALL {
                let parsed = Envelope::parse(file.clone(), expected);
                if expected == found {
                    assert!(parsed.is_ok_and(|e| e.to_parts().encode() == file));
                    continue;
                }
                let error = parsed.unwrap_err();
                assert_eq!(error, FormatError::OtherDocument { expected, found });
                assert_eq!(error.code(), "unknown-entry");
                assert_eq!(
                    error.to_string(),
                    format!(
                        "{name} was expected, and this is {found_name}: the first entry is \
                         `{found_entry}`, not `{entry}`"
                    )
                );
            }
        }
        let trust = EnvelopeParts::new(Document::Trust, Vec::new()).encode();
        let error = Package::parse(trust).unwrap_err();
        assert!(error.to_string().starts_with("a package was expected, and this is a trust"));
        assert_eq!(error.hint().as_deref(), Some("`bpfsign trust apply` takes trust updates"));
    }

    #[test]
    fn errors_speak_of_the_document_that_was_expected() {
        let schema = BTreeMap::from([("schema.json".to_owned(), b"{}".to_vec())]);
        for (document, name, entry) in ALL {
            let empty = Envelope::parse(vec![0; 1024], document).unwrap_err();
            let not_first = format!("not {name}: the first entry is not `{entry}`");
            assert_eq!((empty.code(), empty.to_string()), ("no-manifest", not_first));
            let none = BTreeMap::new();
            let file = encode(document, b"", &none, &none, &schema);
            match Envelope::parse(file, document) {
                Ok(_) => assert_eq!(document, Document::Package),
                Err(error) => assert_eq!(
                    (error.code(), error.to_string()),
                    ("unknown-entry", format!("entry `schema.json` does not belong in {name}"))
                ),
            }
        }
    }

    #[test]
    fn a_package_is_an_envelope_with_payload() {
        let payload = BTreeMap::from([("schema.json".to_owned(), b"{}".to_vec())]);
        let parts = Parts { manifest: b"x".to_vec(), payload, ..Parts::default() };
        let package = Package::parse(parts.encode()).unwrap();
        assert_eq!(package.envelope().text(), b"x");
        assert_eq!(package.file("schema.json"), Some(&b"{}"[..]));
        assert_eq!(package.to_parts().encode(), parts.encode());
    }
}
