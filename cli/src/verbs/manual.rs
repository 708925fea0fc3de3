// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign manual` and `bpfsign completions`.

use std::{io, path::PathBuf};

use bpfsign_verify::{Error, Reason};
use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use crate::{args::Args, failure::Failure, report::Report};

/// Write the manual pages to a directory.
///
/// bpfsign.1, and bpfsign-VERB.1 for each verb. They say what `--help` says.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign manual /usr/share/man/man1")]
pub(crate) struct Manual {
    /// The directory, which exists.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Manual {
    pub(crate) fn run(self) -> Result<Report, Failure> {
        // Without a date: two builds give the same bytes.
        let command = Args::command().name("bpfsign").disable_help_subcommand(true);
        clap_mangen::generate_to(command, &self.directory)
            .map_err(|e| Failure::io(&self.directory, &e))?;
        let text = format!("wrote the manual pages to {}\n", self.directory.display());
        Report::new(text, &json!({ "directory": self.directory }))
    }
}

/// Print the completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign completions bash >/etc/bash_completion.d/bpfsign")]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<Report, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Args::command(), "bpfsign", &mut text);
        let mut out = io::stdout().lock();
        let written = io::Write::write_all(&mut out, &text)
            .map_err(|e| Error::new("standard output", Reason::Io(e)));
        Report::streamed(written, &mut out)
    }
}
