// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How registries and web servers are reached.

use std::{path::PathBuf, time::Duration};

use bpfsign_host::{Directory, Failure, Reach, Source};
use bpfsign_registry::{Client, Options};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::errors::OrFailure;

/// How to reach the other side.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// Use HTTP without TLS. To loopback that is so without this, unless --ca is given.
    #[arg(long)]
    plain_http: bool,
    /// Certificate authorities in PEM that count besides the system's.
    #[arg(long, value_name = "FILE", conflicts_with = "plain_http")]
    ca: Option<PathBuf>,
    /// A host to which the server may redirect, by HTTPS; may be given more than once.
    #[arg(long, value_name = "HOST")]
    allow_redirect: Vec<String>,
    /// How long it may take in all.
    #[arg(long, value_name = "SECONDS", default_value_t = 600,
          value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

impl NetworkArgs {
    pub(crate) fn client(self) -> Result<Client, Failure> {
        Client::new(Options {
            plain_http: self.plain_http,
            authority: self.ca,
            redirects: self.allow_redirect,
            deadline: Duration::from_secs(self.timeout),
        })
        .or_failure()
    }
}

impl Reach for NetworkArgs {
    fn open(self, source: &str) -> Result<Box<dyn Source>, Failure> {
        if source.contains("://") {
            let base = source.trim_end_matches('/').to_owned();
            return Ok(Box::new(Web { client: self.client()?, base }));
        }
        Ok(Box::new(Directory(source.into())))
    }
}

/// A repository on a web server.
struct Web {
    client: Client,
    /// Its address, to which a file's name is added.
    base: String,
}

impl Source for Web {
    fn path(&self, file: &str) -> PathBuf {
        format!("{}/{file}", self.base).into()
    }

    fn read(&self, file: &str, most: usize) -> Result<Vec<u8>, Failure> {
        self.client.get(&format!("{}/{file}", self.base), most).or_failure()
    }
}

/// A bar on a terminal; nothing elsewhere.
pub(crate) fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
