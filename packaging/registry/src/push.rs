// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Putting a package into a registry.

use bpfsign_format::oci::{self, EMPTY, MANIFEST_TYPE, digest_of};
use bytes::Bytes;
use futures_util::{Stream, stream};
use oci_client::{
    RegistryOperation,
    client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol},
};
use reqwest::header::HeaderValue;

use crate::{
    Client, Error, Reason, Reference, Result,
    credentials::Scope,
    error::At,
    http::{SILENCE, USER_AGENT, innermost},
};

/// How much of a package is sent at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// What is in the registry now.
#[derive(Debug)]
pub struct Pushed {
    /// The digest of the manifest, `sha256:…`.
    pub digest: String,
    /// The digest of the package, `sha256:…`.
    pub layer: String,
}

impl Client {
    /// Puts a package into a registry, with the file's name and the version as annotations.
    /// The same package gets the same digest. `progress` is called
    /// with the bytes that were sent so far.
    ///
    /// # Errors
    /// [`Error`]; the tag is then what it was.
    pub fn push(
        &self,
        reference: &Reference,
        package: Vec<u8>,
        title: &str,
        version: &str,
        progress: impl Fn(u64) + Send + 'static,
    ) -> Result<Pushed> {
        let layer = digest_of(&package);
        let manifest = oci::encode(&layer, package.len() as u64, title, version);
        let refused = |e: oci_client::errors::OciDistributionError| {
            Error::new(reference, Reason::Push(innermost(&e)))
        };
        if reference.0.digest().is_some() {
            let why = "push to a tag, not to a digest".to_owned();
            return Err(Reason::Reference(why)).at(reference);
        }
        let digest = digest_of(&manifest);
        self.run(&reference.to_string(), async {
            let auth = self.authenticate(reference, Scope::Push).await?;
            let client = oci_client::Client::try_from(self.config(reference)).map_err(refused)?;
            client.auth(&reference.0, &auth, RegistryOperation::Push).await.map_err(refused)?;
            let size = package.len() as u64;
            let pieces = pieces(package, progress);
            client
                .push_blob_stream(&reference.0, pieces, &layer, Some(size))
                .await
                .map_err(refused)?;
            client.push_blob(&reference.0, EMPTY, &digest_of(EMPTY)).await.map_err(refused)?;
            // The manifest last, so that the tag never names a blob that is not there.
            let kind = HeaderValue::from_static(MANIFEST_TYPE);
            client.push_manifest_raw(&reference.0, manifest, kind).await.map_err(refused)?;
            Ok(Pushed { digest, layer })
        })
    }

    fn config(&self, reference: &Reference) -> ClientConfig {
        let protocol = match reference.scheme(&self.options) {
            "http" => ClientProtocol::Http,
            _ => ClientProtocol::Https,
        };
        let authority =
            |pem: &[u8]| Certificate { encoding: CertificateEncoding::Pem, data: pem.to_vec() };
        ClientConfig {
            protocol,
            use_monolithic_push: true,
            extra_root_certificates: self.http.authority().map(authority).into_iter().collect(),
            read_timeout: Some(SILENCE),
            connect_timeout: Some(SILENCE),
            user_agent: USER_AGENT,
            ..ClientConfig::default()
        }
    }
}

/// The package in pieces; `progress` is called when the client takes one.
fn pieces(
    package: Vec<u8>,
    progress: impl Fn(u64) + Send + 'static,
) -> impl Stream<Item = oci_client::errors::Result<Bytes>> + Send + 'static {
    let mut rest = Bytes::from(package);
    let (mut pieces, mut sent) = (Vec::new(), 0);
    while !rest.is_empty() {
        let piece = rest.split_to(rest.len().min(PIECE));
        sent += piece.len() as u64;
        pieces.push((sent, piece));
    }
    stream::iter(pieces.into_iter().map(move |(sent, piece)| {
        progress(sent);
        Ok(piece)
    }))
}
