// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign repo`.

use std::path::PathBuf;

use bpfsign_format::package_files;
use bpfsign_verify::{At, Error, Host, Reason};
use serde_json::json;

use crate::{
    Run, Verbs,
    args::HostArgs,
    failure::Failure,
    received::release,
    report::{Report, signed_by},
    source::{self, Directory},
    trusted::TrustArgs,
    verbs,
};

/// Make and check repositories: directories of packages with a signed index.
#[derive(Debug, clap::Args)]
pub struct Repo<V: Verbs> {
    #[command(subcommand)]
    what: V,
}

verbs! {
    /// What the host does with repositories.
    pub enum RepoVerb {
        Verify(Verify),
    }
}

/// Verify a repository: its index, and every package in it.
///
/// What the index does not list is refused as well as what is not as it says.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign repo verify --trust release.key.pub /media/usb/stable")]
pub struct Verify {
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    host: HostArgs,
    /// The directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl<V: Verbs> Run for Repo<V> {
    fn run(self, json: bool) -> Result<Report, Failure> {
        self.what.run(json)
    }
}

impl Run for Verify {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let trust = self.trust.or_policy(&host)?;
        let source = Directory(self.directory.clone());
        let index = source::index(&source, &trust)?;
        index.look_received(&host)?;
        let about = index.index();
        let mut text = format!(
            "verified index {}, sequence {}, until {}\n",
            about.name, about.sequence, about.expires
        );
        text += &signed_by(index.signers());
        for file in package_files(&self.directory).at(&self.directory)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if about.packages.iter().all(|entry| entry.file != name) {
                return Err(Error::new(file, Reason::NotListed).into());
            }
        }
        for entry in &about.packages {
            let verified = source::package(&source, &index, entry, &trust)?;
            text += &format!("verified {}: {}\n", entry.file, release(&verified));
        }
        let json = json!({ "index": about, "signers": index.signers() });
        Report::new(text, &json)
    }
}
