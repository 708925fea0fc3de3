// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Authentic content: what enough trusted keys signed, unchanged.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use bpfsign_format::{
    Date, Manifest, PROVENANCE, Package, is_package_name, provenance::Provenance, sm3_hex,
};

use crate::{Error, Reason, Result, Sealed, Signer, Trust, sealed};

/// The file that a loaded package is kept in.
pub const SOURCE: &str = "package.bpfpkg";

/// A package or object whose signatures and digests hold.
#[derive(Debug)]
pub struct Verified {
    path: PathBuf,
    signers: Vec<Signer>,
    sm3: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Package { manifest: Box<Manifest>, container: Package },
    Object { name: String, bytes: Vec<u8>, signature: Vec<u8> },
}

impl Sealed {
    /// Verifies signatures (§5.1 to §5.5), then, now that it is authentic,
    /// parses the manifest (§4), checks the payload against it (§5.6), that those
    /// who signed are enough for this package (§5.4), and its last day (§5.7).
    ///
    /// # Errors
    /// The one reason, with exit code 3 or 4.
    pub fn verify(self, trust: &Trust) -> Result<Verified> {
        let path = self.path.clone();
        self.verify_content(trust).map_err(|reason| Error::new(path, reason))
    }

    fn verify_content(self, trust: &Trust) -> Result<Verified, Reason> {
        let (signers, sm3, content) = match self.content {
            sealed::Content::Package(container) => {
                let signed = trust.package_signers(container.envelope())?;
                let manifest = container.checked_manifest().map_err(Reason::Format)?;
                let signers = trust.authorise(&manifest.name, signed)?;
                check_expiry(&manifest)?;
                let sm3 = sm3_hex(container.manifest_bytes());
                trust.check_revoked(&sm3)?;
                (signers, sm3, Content::Package { manifest: Box::new(manifest), container })
            }
            sealed::Content::Object { bytes, signature } => {
                let signed = trust.object_signers(&bytes, &signature)?;
                let name = object_name(&self.path).ok_or(Reason::ObjectName)?;
                let signers = trust.authorise(&name, signed)?;
                trust.check_revoked(&sm3_hex(&bytes))?;
                (signers, sm3_hex(&bytes), Content::Object { name, bytes, signature })
            }
        };
        Ok(Verified { path: self.path, signers, sm3, content })
    }
}

fn check_expiry(manifest: &Manifest) -> Result<(), Reason> {
    match manifest.expires.as_deref().and_then(Date::parse) {
        Some(last_day) if Date::of(SystemTime::now()) > last_day => {
            Err(Reason::Expired(last_day.to_string()))
        }
        _ => Ok(()),
    }
}

/// A bare object is called as its file is: `foo` for `foo.bpf.o`.
fn object_name(path: &Path) -> Option<String> {
    let file = path.file_name()?.to_str()?;
    let name = file.strip_suffix(".o")?;
    let name = name.strip_suffix(".bpf").unwrap_or(name);
    is_package_name(name).then(|| name.to_owned())
}

impl Verified {
    /// What was verified, by the names under which it can be read again.
    pub fn into_files(self) -> Vec<(String, Vec<u8>)> {
        match self.content {
            Content::Package { container, .. } => {
                vec![(SOURCE.to_owned(), container.into_bytes())]
            }
            Content::Object { name, bytes, signature } => {
                let object = format!("{name}.bpf.o");
                let beside = format!("{object}{}", bpfsign_format::SIGNATURE_SUFFIX);
                vec![(object, bytes), (beside, signature)]
            }
        }
    }

    /// The package file's bytes, which were verified; the object's for a bare one.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Package { container, .. } => container.as_bytes(),
            Content::Object { bytes, .. } => bytes,
        }
    }

    /// A payload file, or the bare object; of the verified bytes. Empty if there is no such file.
    pub fn file(&self, name: &str) -> &[u8] {
        match &self.content {
            Content::Package { container, .. } => container.file(name).unwrap_or_default(),
            Content::Object { bytes, .. } => bytes,
        }
    }

    /// The release's sequence; 0 for a bare object.
    pub fn sequence(&self) -> u64 {
        self.manifest().map_or(0, |m| m.sequence)
    }

    /// What a loader of one's own needs of it, out of the verified bytes: names with their
    /// directory (`objects/generic.bpf.o`, `btf/...`, `schema.json`), or the one object.
    pub fn payload(&self) -> Vec<(String, &[u8])> {
        match &self.content {
            Content::Package { container, .. } => container
                .payload()
                .filter(|(name, _)| *name != PROVENANCE)
                .map(|(name, bytes)| (name.to_owned(), bytes))
                .collect(),
            Content::Object { name, bytes, .. } => {
                vec![(format!("{name}.bpf.o"), bytes.as_slice())]
            }
        }
    }

    /// What the package says it was made from, which is checked to be about this package.
    /// Enough signers vouch for it; that they did not err, `bpfsign reproduce` can show.
    ///
    /// # Errors
    /// [`Reason::Provenance`], for a bare object too.
    pub fn provenance(&self) -> Result<Provenance> {
        let parsed = match &self.content {
            Content::Package { manifest, .. } => Provenance::parse(self.file(PROVENANCE), manifest),
            Content::Object { .. } => Err("a bare object has none".to_owned()),
        };
        parsed.map_err(|why| Error::new(&self.path, Reason::Provenance(why)))
    }

    /// Where it was read from, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The package's name.
    pub fn name(&self) -> &str {
        match &self.content {
            Content::Package { manifest, .. } => &manifest.name,
            Content::Object { name, .. } => name,
        }
    }

    /// The manifest; `None` for a bare object.
    pub fn manifest(&self) -> Option<&Manifest> {
        match &self.content {
            Content::Package { manifest, .. } => Some(manifest),
            Content::Object { .. } => None,
        }
    }

    /// The trusted keys that signed.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// SM3 of the signed bytes (the manifest, or the bare object), 64
    /// hexadecimal digits: the identity of the package.
    pub fn sm3(&self) -> &str {
        &self.sm3
    }
}
