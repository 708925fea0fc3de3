// SPDX-License-Identifier: Apache-2.0 OR MIT
//! GET requests whose answers have a bound, and whose redirects stay where they began.

use std::{cell::OnceCell, path::Path, time::Duration};

use bpfsign_format::{hex, oci::sha256};
use reqwest::{
    StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, LOCATION, WWW_AUTHENTICATE},
};
use sha2::{Digest, Sha256};

use crate::{Error, Options, Reason, Result, error::At, reference::is_loopback};

/// How long a server may take to accept a connection, or be silent within an answer.
pub(crate) const SILENCE: Duration = Duration::from_secs(30);
/// Redirects in a row.
const REDIRECTS: usize = 5;
/// A certificate authority's file, in bytes.
const AUTHORITY_BYTES: usize = 1024 * 1024;
/// How much of an error's text is read, in bytes.
const ERROR_BYTES: usize = 4096;

/// What goes into a request besides its address.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Request<'a> {
    pub(crate) accept: Option<&'a str>,
    /// The value of `Authorization`; never sent to another host.
    pub(crate) authorization: Option<&'a str>,
}

/// A client for GET requests.
#[derive(Debug)]
pub(crate) struct Http {
    redirects: Vec<String>,
    /// Certificate authorities in PEM, besides the system's.
    authority: Option<Vec<u8>>,
    plain: OnceCell<reqwest::Client>,
    /// Made when it is needed: reading the system's authorities takes longer than most pulls.
    tls: OnceCell<reqwest::Client>,
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub(crate) struct Response {
    what: String,
    inner: reqwest::Response,
}

pub(crate) fn read_authority(path: &Path) -> Result<Vec<u8>> {
    bpfsign_files::read_bounded(path, AUTHORITY_BYTES)
        .map_err(|e| Reason::Authority(e.to_string()))
        .at(path.display())
}

/// Parses an address; plain HTTP only where it was allowed.
pub(crate) fn parse(text: &str, options: &Options) -> Result<Url> {
    let url = Url::parse(text).map_err(|e| Reason::Reference(e.to_string())).at(text)?;
    let plain = options.plain_http || url.host_str().is_some_and(is_loopback);
    match url.scheme() {
        "https" => Ok(url),
        "http" if plain => Ok(url),
        "http" => Err(Reason::PlainHttp).at(text),
        other => Err(Reason::Reference(format!("{other} is neither http nor https"))).at(text),
    }
}

impl Http {
    pub(crate) fn new(options: &Options, authority: Option<Vec<u8>>) -> Self {
        // Already there when another client was made before this one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (plain, tls) = (OnceCell::new(), OnceCell::new());
        Self { redirects: options.redirects.clone(), authority, plain, tls }
    }

    /// The client for an address.
    fn client(&self, url: &Url) -> Result<&reqwest::Client> {
        let tls = url.scheme() == "https";
        let cell = if tls { &self.tls } else { &self.plain };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(SILENCE)
            .read_timeout(SILENCE)
            .user_agent(USER_AGENT);
        if !tls {
            builder = builder.tls_certs_only([]);
        } else if let Some(pem) = &self.authority {
            let all = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|e| Reason::Authority(innermost(&e)))
                .at(url)?;
            builder = builder.tls_certs_merge(all);
        }
        let client = builder.build().map_err(|e| Reason::Setup(innermost(&e))).at(url)?;
        Ok(cell.get_or_init(|| client))
    }

    /// The authorities in PEM that count besides the system's.
    pub(crate) fn authority(&self) -> Option<&[u8]> {
        self.authority.as_deref()
    }

    /// A GET; an answer other than 200 is an error.
    pub(crate) async fn get(&self, url: &Url, request: Request<'_>) -> Result<Response> {
        let response = self.answer(url, request).await?;
        match response.inner.status() {
            StatusCode::OK => Ok(response),
            _ => Err(response.into_error().await),
        }
    }

    /// A GET; the caller looks at the status of the answer. Redirects are followed within the same
    /// origin, and by HTTPS to the hosts that were named, then without credentials.
    pub(crate) async fn answer(&self, first: &Url, request: Request<'_>) -> Result<Response> {
        let mut url = first.clone();
        for _ in 0..=REDIRECTS {
            let mut get = self.client(&url)?.get(url.clone());
            if let Some(accept) = request.accept {
                get = get.header(ACCEPT, accept);
            }
            if let Some(value) = request.authorization.filter(|_| same_origin(first, &url)) {
                get = get.header(AUTHORIZATION, value);
            }
            let inner =
                get.send().await.map_err(|e| Reason::Unreachable(innermost(&e))).at(&url)?;
            if !inner.status().is_redirection() {
                return Ok(Response { what: url.to_string(), inner });
            }
            let location = inner.headers().get(LOCATION).and_then(|v| v.to_str().ok());
            let next = location.and_then(|l| url.join(l).ok());
            let next = next.ok_or(Reason::RedirectNowhere).at(&url)?;
            if !same_origin(first, &next) && !self.may_redirect(&next) {
                return Err(Reason::Redirect(origin(&next))).at(&url);
            }
            url = next;
        }
        Err(Reason::RedirectLoop).at(first)
    }

    fn may_redirect(&self, to: &Url) -> bool {
        let host = to.host_str().unwrap_or_default();
        let with_port = format!("{host}:{}", to.port_or_known_default().unwrap_or_default());
        to.scheme() == "https" && self.redirects.iter().any(|r| r == host || *r == with_port)
    }
}

impl Response {
    /// The value of `WWW-Authenticate`.
    pub(crate) fn challenge(&self) -> Option<&str> {
        self.inner.headers().get(WWW_AUTHENTICATE)?.to_str().ok()
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// The whole body, if it has at most `most` bytes. No more than that are read.
    pub(crate) async fn all(mut self, most: usize) -> Result<Vec<u8>> {
        let too_large = Error::new(&self.what, Reason::TooLarge { most: most as u64 });
        if self.inner.content_length().is_some_and(|length| length > most as u64) {
            return Err(too_large);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if chunk.len() > most - bytes.len() {
                return Err(too_large);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// The body, which must have this digest (`sha256:…`) and size, both checked while it
    /// comes in. `arrived` is called with the bytes that have come.
    pub(crate) async fn exactly(
        mut self,
        digest: &str,
        size: u64,
        arrived: &mut dyn FnMut(u64),
    ) -> Result<Vec<u8>> {
        let what = self.what.clone();
        if self.inner.content_length().is_some_and(|length| length > size) {
            return Err(Reason::TooLarge { most: size }).at(what);
        }
        let mut bytes = Vec::with_capacity(size as usize);
        let mut hash = Sha256::new();
        loop {
            let chunk = match self.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                // The connection ended before the length that was announced.
                Err(_) if !bytes.is_empty() => break,
                Err(error) => return Err(error),
            };
            if chunk.len() as u64 > size - bytes.len() as u64 {
                return Err(Reason::TooLarge { most: size }).at(what);
            }
            hash.update(&chunk);
            bytes.extend_from_slice(&chunk);
            arrived(bytes.len() as u64);
        }
        let got = bytes.len() as u64;
        if got < size {
            return Err(Reason::Truncated { expected: size, got }).at(what);
        }
        let is: [u8; 32] = hash.finalize().into();
        match sha256(digest) == Some(&hex(&is)) {
            true => Ok(bytes),
            false => {
                let got = format!("sha256:{}", hex(&is));
                Err(Reason::Digest { expected: digest.to_owned(), got }).at(what)
            }
        }
    }

    async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + std::ops::Deref<Target = [u8]>>> {
        let chunk = self.inner.chunk().await;
        chunk.map_err(|e| Reason::Unreachable(innermost(&e))).at(&self.what)
    }

    /// The reason that an answer other than success stands for.
    pub(crate) async fn into_error(mut self) -> Error {
        let reason = match self.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Reason::Denied,
            StatusCode::NOT_FOUND => Reason::NotFound,
            status => {
                let mut said = Vec::new();
                while let Ok(Some(chunk)) = self.chunk().await {
                    said.extend_from_slice(&chunk[..chunk.len().min(ERROR_BYTES - said.len())]);
                    if said.len() == ERROR_BYTES {
                        break;
                    }
                }
                let said = String::from_utf8_lossy(&said).trim().chars().take(200).collect();
                Reason::Status { code: status.as_u16(), said }
            }
        };
        Error::new(&self.what, reason)
    }
}

/// What this client calls itself.
pub(crate) const USER_AGENT: &str = concat!("bpfsign/", env!("CARGO_PKG_VERSION"));

fn same_origin(a: &Url, b: &Url) -> bool {
    let of = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned));
    of(a) == of(b) && a.port_or_known_default() == b.port_or_known_default()
}

fn origin(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.authority())
}

/// The cause below the context that a client adds.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
