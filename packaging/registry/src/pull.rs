// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Getting a package, and the tags that there are.

use bpfsign_format::oci::{self, MANIFEST_BYTES, MANIFEST_TYPE, digest_of};
use serde::Deserialize;

use crate::{
    Client, Reason, Reference, Result,
    credentials::{Scope, header},
    error::At,
    http::{self, Request},
};

/// A list of tags, in bytes.
const TAGS_BYTES: usize = 1024 * 1024;

/// What a registry gave.
#[derive(Debug)]
#[must_use = "nothing of it is verified yet"]
pub struct Pulled {
    /// A package's bytes, as the registry says; nothing of them is verified.
    pub bytes: Vec<u8>,
    /// The digest of the manifest, `sha256:…`, by which exactly this is pulled again.
    pub digest: String,
}

#[derive(Deserialize)]
struct Tags {
    tags: Option<Vec<String>>,
}

impl Client {
    /// Gets the one file of an artifact, of at most a package's size. `progress` is called
    /// with the bytes that have come and with all that will.
    ///
    /// # Errors
    /// [`Error`](crate::Error).
    pub fn pull(
        &self,
        reference: &Reference,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Pulled> {
        self.run(&reference.to_string(), async {
            let auth = self.authenticate(reference, Scope::Pull).await?;
            let authorization = header(&auth);
            let (manifest, digest) = self.manifest(reference, authorization.as_deref()).await?;
            let layer = oci::layer(&manifest).map_err(Reason::NotAPackage).at(reference)?;
            let blob = reference.address(&self.options, &format!("blobs/{}", layer.digest));
            let blob = http::parse(&blob, &self.options)?;
            let request = Request { accept: None, authorization: authorization.as_deref() };
            let response = self.http.get(&blob, request).await?;
            let mut arrived = |bytes| progress(bytes, layer.size);
            let bytes = response.exactly(&layer.digest, layer.size, &mut arrived).await?;
            Ok(Pulled { bytes, digest })
        })
    }

    async fn manifest(
        &self,
        reference: &Reference,
        authorization: Option<&str>,
    ) -> Result<(Vec<u8>, String)> {
        let name = reference.0.digest().or(reference.0.tag()).unwrap_or("latest");
        let url = reference.address(&self.options, &format!("manifests/{name}"));
        let url = http::parse(&url, &self.options)?;
        let request = Request { accept: Some(MANIFEST_TYPE), authorization };
        let bytes = self.http.get(&url, request).await?.all(MANIFEST_BYTES).await?;
        let got = digest_of(&bytes);
        match reference.0.digest() {
            Some(expected) if expected != got => {
                Err(Reason::Digest { expected: expected.to_owned(), got }).at(reference)
            }
            _ => Ok((bytes, got)),
        }
    }

    /// The tags of a repository, as the registry orders them.
    ///
    /// # Errors
    /// [`Error`](crate::Error).
    pub fn tags(&self, reference: &Reference) -> Result<Vec<String>> {
        self.run(&reference.to_string(), async {
            let auth = self.authenticate(reference, Scope::Pull).await?;
            let url = http::parse(&reference.address(&self.options, "tags/list"), &self.options)?;
            let authorization = header(&auth);
            let request = Request { accept: None, authorization: authorization.as_deref() };
            let bytes = self.http.get(&url, request).await?.all(TAGS_BYTES).await?;
            let list: Tags = serde_json::from_slice(&bytes)
                .map_err(|_| Reason::NotAPackage("the answer is not a list of tags".to_owned()))
                .at(reference)?;
            Ok(list.tags.unwrap_or_default())
        })
    }
}
