// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign repo build` and `bpfsign repo sign`.

use std::{path::PathBuf, time::SystemTime};

use bpfsign_format::{Date, Document, INDEX_FILE};
use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::{IndexOptions, build_index, sign_document};
use serde_json::json;

use crate::{errors::OrFailure, signers::KeyArgs};

const DAY: u64 = 86_400;

/// Index a directory of packages, not signed yet.
///
/// The sequence is one more than that of the index that is there. The day of issue is today,
/// or that of SOURCE_DATE_EPOCH.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign repo build --name stable --days 30 stable")]
pub(super) struct Build {
    /// The repository's name, by which hosts remember it; otherwise that of the index there.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The sequence; must rise.
    #[arg(long, value_name = "N")]
    sequence: Option<u64>,
    /// How many days it counts.
    #[arg(long, value_name = "N", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(1..=3650))]
    days: u64,
    /// The directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Sign a repository's index.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign repo sign --key release.key stable")]
pub(super) struct Sign {
    #[command(flatten)]
    key: KeyArgs,
    /// The directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Run for Build {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let now = now()?;
        let options = IndexOptions {
            name: self.name,
            sequence: self.sequence,
            issued: Date::of_seconds(now),
            expires: Date::of_seconds(now + self.days * DAY),
        };
        let index = build_index(&self.directory, &options).or_failure()?;
        let text = format!(
            "indexed {} packages of {}, sequence {}, until {}, not signed",
            index.packages.len(),
            index.name,
            index.sequence,
            index.expires
        );
        Report::new(text, &json!({ "directory": self.directory, "index": index }))
    }
}

impl Run for Sign {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let key = self.key.open()?;
        let file = self.directory.join(INDEX_FILE);
        let signatures = sign_document(Document::Index, &file, &*key).or_failure()?;
        let id = key.public().id().to_string();
        let text = format!("signed {} ({signatures} in it)\nkey id {id}", file.display());
        Report::new(text, &json!({ "file": file, "key_id": id, "signatures": signatures }))
    }
}

/// Seconds since 1970, or what SOURCE_DATE_EPOCH says
/// (<https://reproducible-builds.org/specs/source-date-epoch/>).
fn now() -> Result<u64, Failure> {
    let Some(given) = std::env::var_os("SOURCE_DATE_EPOCH") else {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        return Ok(now.map_or(0, |d| d.as_secs()));
    };
    given.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
        Failure::usage(
            "SOURCE_DATE_EPOCH is no number of seconds".to_owned(),
            "unset it, or give whole seconds since 1970".to_owned(),
        )
    })
}
