// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The package that the vectors are made from.

use bpfsign_format::{
    Digests, MANIFEST, Manifest, PROVENANCE, SCHEMA,
    manifest::{FileEntry, MapEntry, ProgramEntry, Readers, Variant},
};
use bpfsign_keys::SecretKey;

use crate::tar::{Entry, archive};

/// The object's name in the sample.
pub(crate) const OBJECT: &str = "objects/generic.bpf.o";

/// A small valid package, and the keys to make variants of it.
#[derive(Debug)]
pub struct Sample {
    /// Trusted by whoever runs the vectors.
    pub key: SecretKey,
    /// Trusted by nobody.
    pub stranger: SecretKey,
    /// Of the authority that is trusted.
    pub root: SecretKey,
    /// Of a signer whom the authority certifies.
    pub certified: SecretKey,
}

impl Sample {
    /// A sample with new keys. The signature of the valid package is 70 bytes
    /// long, so that the vectors that add a byte to it stay within 72.
    pub(crate) fn generate() -> Self {
        loop {
            let [key, stranger, root, certified] = [(); 4].map(|()| SecretKey::generate().unwrap());
            let sample = Self { key, stranger, root, certified };
            let signature = sample.key.sign(sample.manifest().encode().as_bytes()).unwrap();
            if signature.len() == 70 {
                return sample;
            }
        }
    }

    /// Payload entries in order. The object is no ELF file: verification does
    /// not look into it.
    pub(crate) fn payload(&self) -> Vec<(String, Vec<u8>)> {
        let object: Vec<u8> = (0..700_u32).map(|i| (i * 7) as u8).collect();
        let schema =
            br#"{"schema":1,"package":"sample","version":"1.2.3","variants":{"generic":{}}}"#;
        vec![
            (OBJECT.to_owned(), object),
            (PROVENANCE.to_owned(), b"{}\n".to_vec()),
            (SCHEMA.to_owned(), schema.to_vec()),
        ]
    }

    /// The manifest that describes the payload.
    pub(crate) fn manifest(&self) -> Manifest {
        let files = self.payload().into_iter().map(|(name, bytes)| {
            let Digests { sm3, sha256 } = Digests::of(&bytes);
            FileEntry { name, size: bytes.len() as u64, sm3, sha256 }
        });
        let program = |name: &str, attach: &str, map: Option<&str>| ProgramEntry {
            name: name.into(),
            attach: attach.into(),
            map: map.map(str::to_owned),
            ..Default::default()
        };
        Manifest {
            format: 1,
            name: "sample".into(),
            version: "1.2.3".into(),
            sequence: 7,
            summary: "示例: a sample".into(),
            license: "GPL-2.0-only".into(),
            min_loader: "0.1.0".into(),
            expires: Some("9999-12-31".into()),
            metrics: Some("print".into()),
            variants: vec![Variant {
                object: OBJECT.into(),
                targets: vec!["generic".into()],
                programs: vec![
                    program("on_switch", "tp_btf/sched_switch", None),
                    program("print", "iter/bpf_map_elem", Some("counts")),
                ],
                maps: vec![MapEntry {
                    name: "counts".into(),
                    pin: "counts".into(),
                    readers: Readers::Agents,
                    frozen: true,
                }],
            }],
            files: files.collect(),
        }
    }

    /// The entry of a signature by `key`, made over `message`.
    pub(crate) fn signature(&self, key: &SecretKey, message: &[u8]) -> Entry {
        Entry::new(&signature_name(key), &key.sign(message).unwrap())
    }

    /// The entries of the package with this manifest, signed with the trusted
    /// key.
    pub(crate) fn entries_for(&self, manifest: &[u8]) -> Vec<Entry> {
        let mut entries = vec![Entry::new(MANIFEST, manifest), self.signature(&self.key, manifest)];
        entries.extend(self.payload().iter().map(|(name, bytes)| Entry::new(name, bytes)));
        entries
    }

    /// The entries of the valid package: manifest, signature, object,
    /// provenance, schema.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries_for(self.manifest().encode().as_bytes())
    }

    /// The valid package.
    pub fn package(&self) -> Vec<u8> {
        archive(&self.entries())
    }

    /// The package with another manifest, which the trusted key signed.
    pub(crate) fn package_for(&self, manifest: &[u8]) -> Vec<u8> {
        archive(&self.entries_for(manifest))
    }

    /// Signed by the trusted key and by another.
    pub(crate) fn package_with_stranger(&self) -> Vec<u8> {
        let mut entries = self.entries();
        entries.insert(2, self.signature(&self.stranger, &entries[0].content));
        entries[1..3].sort_by_key(|e| e.header);
        archive(&entries)
    }
}

pub(crate) fn signature_name(key: &SecretKey) -> String {
    format!("signatures/{}.sig", key.public().id())
}
