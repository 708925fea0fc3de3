// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign repo`.

use std::path::PathBuf;

use bpfsign_format::package_files;
use bpfsign_verify::{Error, Host, Reason};
use clap::Subcommand;
use serde_json::json;

#[cfg(feature = "author")]
use super::repo_author;
use super::{fetch::Source, received::release};
use crate::{
    args::HostArgs,
    failure::Failure,
    report::{Report, signed_by},
    trusted::TrustArgs,
};

/// Make and check repositories: directories of packages with a signed index.
#[derive(Debug, clap::Args)]
pub(crate) struct Repo {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    #[cfg(feature = "author")]
    Build(repo_author::Build),
    #[cfg(feature = "author")]
    Sign(repo_author::Sign),
    Verify(Verify),
}

/// Verify a repository: its index, and every package in it.
///
/// What the index does not list is refused as well as what is not as it says.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign repo verify --trust release.key.pub /media/usb/stable")]
struct Verify {
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    host: HostArgs,
    /// The directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Repo {
    pub(crate) fn run(self) -> Result<Report, Failure> {
        match self.what {
            #[cfg(feature = "author")]
            What::Build(verb) => verb.run(),
            #[cfg(feature = "author")]
            What::Sign(verb) => verb.run(),
            What::Verify(verb) => verb.run(),
        }
    }
}

impl Verify {
    fn run(self) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let trust = self.trust.or_policy(&host)?;
        let source = Source::Directory(self.directory.clone());
        let index = source.index(&trust)?;
        index.look_received(&host)?;
        let about = index.index();
        let mut text = format!(
            "verified index {}, sequence {}, until {}\n",
            about.name, about.sequence, about.expires
        );
        text += &signed_by(index.signers());
        for file in package_files(&self.directory).map_err(Error::io(&self.directory))? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if about.packages.iter().all(|entry| entry.file != name) {
                return Err(Error::new(file, Reason::NotListed).into());
            }
        }
        for entry in &about.packages {
            let verified = source.package(&index, entry, &trust)?;
            text += &format!("verified {}: {}\n", entry.file, release(&verified));
        }
        let json = json!({ "index": about, "signers": index.signers() });
        Report::new(text, &json)
    }
}
