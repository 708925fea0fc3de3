// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The manifest under which a registry keeps a package, and the directories that tools
//! copy it to (docs/spec/oci-v1.md).

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use bpfsign_files::{ReadError, read_bounded};

use crate::{Digests, limits};

/// The type of the artifact.
pub const ARTIFACT_TYPE: &str = "application/vnd.bpfsign.package.v1";
/// The type of its one layer, which is the package file.
pub const LAYER_TYPE: &str = "application/vnd.bpfsign.package.v1+tar";
/// The type of its manifest (OCI image specification 1.1, manifest.md).
pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// The largest manifest that is read, in bytes. Ours are below 1 KiB.
pub const MANIFEST_BYTES: usize = 64 * 1024;
/// The configuration, which is empty since a package needs none, and its type.
pub const EMPTY: &[u8] = b"{}";
const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u32,
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    artifact_type: String,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

/// The one layer of an artifact.
#[derive(Debug, PartialEq, Eq)]
pub struct Layer {
    /// `sha256:…`.
    pub digest: String,
    /// In bytes, at most [`limits::PACKAGE_BYTES`].
    pub size: u64,
}

/// The manifest of a package with this digest, `sha256:…`. The same package gets the same
/// manifest.
pub fn encode(digest: &str, size: u64, title: &str, version: &str) -> Vec<u8> {
    let note = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST_TYPE.to_owned(),
        artifact_type: ARTIFACT_TYPE.to_owned(),
        config: Descriptor {
            media_type: EMPTY_TYPE.to_owned(),
            digest: digest_of(EMPTY),
            size: EMPTY.len() as u64,
            annotations: BTreeMap::new(),
        },
        layers: vec![Descriptor {
            media_type: LAYER_TYPE.to_owned(),
            digest: digest.to_owned(),
            size,
            annotations: note(TITLE, title),
        }],
        annotations: note(VERSION, version),
    };
    // Strings and numbers always serialize.
    serde_json::to_vec(&manifest).unwrap_or_default()
}

/// The layer of a manifest that a registry or a directory gave, which is at most
/// [`MANIFEST_BYTES`] long.
///
/// # Errors
/// What the manifest has that a package's does not have, in words.
pub fn layer(manifest: &[u8]) -> Result<Layer, String> {
    let manifest: Manifest = serde_json::from_slice(manifest)
        .map_err(|_| "its manifest is not that of an OCI artifact".to_owned())?;
    let [layer] = manifest.layers.as_slice() else {
        return Err(format!("it has {} layers, and a package has one", manifest.layers.len()));
    };
    if layer.media_type != LAYER_TYPE {
        return Err(format!("its layer is of type {:?}", layer.media_type));
    }
    if sha256(&layer.digest).is_none() {
        return Err("its layer's digest is not sha256:…".to_owned());
    }
    match layer.size <= limits::PACKAGE_BYTES as u64 {
        true => Ok(Layer { digest: layer.digest.clone(), size: layer.size }),
        false => Err(format!("its layer has {} bytes, more than any package", layer.size)),
    }
}

/// `sha256:…` of some bytes.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", Digests::of(bytes).sha256)
}

/// The 64 hexadecimal digits of `sha256:…`.
pub fn sha256(digest: &str) -> Option<&str> {
    let hex = digest.strip_prefix("sha256:")?;
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (hex.len() == 64 && hex.bytes().all(is_hex)).then_some(hex)
}

/// The package file in a directory that an OCI tool copied an artifact to: an OCI image
/// layout with one artifact, or the `dir:` of skopeo. Nothing of it is trusted; it only says
/// which file to read.
///
/// # Errors
/// The system's; [`io::ErrorKind::InvalidData`] when it is neither.
pub fn package_in(directory: &Path) -> io::Result<PathBuf> {
    if !directory.join("oci-layout").exists() {
        let manifest = read(&directory.join("manifest.json"))?;
        return Ok(directory.join(hex(&layer(&manifest).map_err(invalid)?.digest)?));
    }
    let blob = |digest: &str| Ok::<_, io::Error>(directory.join("blobs/sha256").join(hex(digest)?));
    let index: Index = serde_json::from_slice(&read(&directory.join("index.json"))?)
        .map_err(|e| invalid(e.to_string()))?;
    let [manifest] = index.manifests.as_slice() else {
        return Err(invalid(format!("it holds {} artifacts", index.manifests.len())));
    };
    blob(&layer(&read(&blob(&manifest.digest)?)?).map_err(invalid)?.digest)
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_bounded(path, MANIFEST_BYTES).map_err(|error| match error {
        ReadError::Io(error) => error,
        other => invalid(format!("{}: {other}", path.display())),
    })
}

fn hex(digest: &str) -> io::Result<&str> {
    sha256(digest).ok_or_else(|| invalid(format!("{digest:?} is not sha256:…")))
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::{Layer, digest_of, encode, layer};

    #[test]
    fn a_manifest_names_its_one_layer() {
        let digest = digest_of(b"a package");
        let manifest = encode(&digest, 9, "a-0.1.0.bpfpkg", "0.1.0");
        assert_eq!(layer(&manifest), Ok(Layer { digest: digest.clone(), size: 9 }));
        let text = String::from_utf8(manifest).unwrap_or_default();
        for (from, to) in [
            ("bpfsign.package.v1+tar", "oci.image.layer.v1.tar"),
            ("sha256:", "sha512:"),
            (&digest, "sha256:../../etc"),
            ("\"size\":9", "\"size\":99999999"),
            ("{\"schemaVersion\"", "[\"schemaVersion\""),
        ] {
            let changed = text.replace(from, to);
            assert!(changed != text && layer(changed.as_bytes()).is_err(), "{to}");
        }
    }
}
