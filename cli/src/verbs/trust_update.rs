// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign trust build` and `bpfsign trust sign`.

use std::path::PathBuf;

use bpfsign_files::{read_bounded, write_whole};
use bpfsign_format::Document;
use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::{build_document, sign_document};
use bpfsign_verify::TrustUpdate;
use serde_json::json;

use crate::{errors::OrFailure, signers::KeyArgs};

/// The largest update that is read, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// Make a trust update, not signed yet, from its text.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign trust build 2026-11.toml -o 2026-11.bpftrust")]
pub(super) struct Build {
    /// The text: docs/spec/trust-v1.md.
    #[arg(value_name = "FILE")]
    text: PathBuf,
    /// The update to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Sign a trust update.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign trust sign --key release.key 2026-11.bpftrust")]
pub(super) struct Sign {
    #[command(flatten)]
    key: KeyArgs,
    /// The update.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Run for Build {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let refuse = |why: String| {
            let hint = "the specification trust-v1 names every key".to_owned();
            Failure::new("trust-update", format!("{}: {why}", self.text.display()), Some(hint))
        };
        let bytes = read_bounded(&self.text, MAX_TEXT).map_err(|e| match e {
            bpfsign_files::ReadError::Io(e) => Failure::io(&self.text, &e),
            e => refuse(e.to_string()),
        })?;
        let text = str::from_utf8(&bytes).map_err(|e| refuse(e.to_string()))?;
        let update = TrustUpdate::parse(text).map_err(refuse)?;
        write_whole(&self.output, &build_document(Document::Trust, bytes), 0o644)
            .map_err(|e| Failure::io(&self.output, &e))?;
        let said =
            format!("built {}, sequence {}, not signed", self.output.display(), update.sequence);
        Report::new(said, &json!({ "file": self.output, "sequence": update.sequence }))
    }
}

impl Run for Sign {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let key = self.key.open()?;
        let signatures = sign_document(Document::Trust, &self.file, &*key).or_failure()?;
        let id = key.public().id().to_string();
        let text = format!("signed {} ({signatures} in it)\nkey id {id}", self.file.display());
        Report::new(text, &json!({ "file": self.file, "key_id": id, "signatures": signatures }))
    }
}
