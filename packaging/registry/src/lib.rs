// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Packages in OCI registries and on plain web servers.
//!
//! No server is trusted. Each answer has a bound and each transfer a deadline; a digest is
//! computed while the bytes arrive; a redirect to another host is refused. The bytes that
//! arrive are not verified here: that is the loader's.
#![forbid(unsafe_code)]

mod credentials;
mod error;
mod http;
mod pull;
mod push;
mod reference;

use std::{path::PathBuf, time::Duration};

use error::At;
pub use error::{Error, Reason, Result};
pub use pull::Pulled;
pub use push::Pushed;
pub use reference::Reference;

/// What a transfer may do, and how long it may take.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether HTTP without TLS may reach hosts other than this machine.
    pub plain_http: bool,
    /// A certificate authority in PEM that counts besides the system's.
    pub authority: Option<PathBuf>,
    /// Hosts, or `HOST:PORT`, to which the server may redirect, by HTTPS.
    pub redirects: Vec<String>,
    /// How long a transfer may take.
    pub deadline: Duration,
}

/// A client of registries and web servers.
#[derive(Debug)]
pub struct Client {
    options: Options,
    http: http::Http,
    runtime: tokio::runtime::Runtime,
}

impl Client {
    /// A client that keeps nothing and has connected to nothing yet.
    ///
    /// # Errors
    /// [`Reason::Authority`], [`Reason::Setup`].
    pub fn new(options: Options) -> Result<Self> {
        let authority = options.authority.as_deref().map(http::read_authority).transpose()?;
        let http = http::Http::new(&options, authority);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Reason::Setup(e.to_string()))
            .at("the network")?;
        Ok(Self { options, http, runtime })
    }

    /// Runs a transfer to its end or its deadline. `what` is for messages.
    fn run<T>(&self, what: &str, transfer: impl Future<Output = Result<T>>) -> Result<T> {
        let deadline = self.options.deadline;
        self.runtime.block_on(async {
            match tokio::time::timeout(deadline, transfer).await {
                Ok(done) => done,
                Err(_) => Err(Error::new(what, Reason::Deadline(deadline.as_secs()))),
            }
        })
    }

    /// Gets a file of at most `most` bytes from a web server.
    ///
    /// # Errors
    /// [`Error`], with the file's address.
    pub fn get(&self, url: &str, most: usize) -> Result<Vec<u8>> {
        self.run(url, async {
            let url = http::parse(url, &self.options)?;
            let response = self.http.get(&url, http::Request::default()).await?;
            response.all(most).await
        })
    }
}
