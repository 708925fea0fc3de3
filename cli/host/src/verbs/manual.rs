// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign manual` and `bpfsign completions`.

use std::{io, marker::PhantomData, path::PathBuf};

use bpfsign_verify::Error;
use clap_complete::Shell;
use serde_json::json;

use crate::{Run, Verbs, command, failure::Failure, report::Report};

/// Write the manual pages to a directory.
///
/// bpfsign.1, and bpfsign-VERB.1 for each verb. They say what `--help` says.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign manual /usr/share/man/man1")]
pub struct Manual<V: Verbs> {
    /// The directory, which exists.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Whose command line it is about.
    #[arg(skip)]
    verbs: PhantomData<V>,
}

impl<V: Verbs> Run for Manual<V> {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        // Without a date: two builds give the same bytes.
        let command = command::<V>().disable_help_subcommand(true);
        clap_mangen::generate_to(command, &self.directory)
            .map_err(|e| Failure::io(&self.directory, &e))?;
        let text = format!("wrote the manual pages to {}\n", self.directory.display());
        Report::new(text, &json!({ "directory": self.directory }))
    }
}

/// Print the completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign completions bash >/etc/bash_completion.d/bpfsign")]
pub struct Completions<V: Verbs> {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
    /// Whose command line it is about.
    #[arg(skip)]
    verbs: PhantomData<V>,
}

impl<V: Verbs> Run for Completions<V> {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command::<V>(), "bpfsign", &mut text);
        let mut out = io::stdout().lock();
        let written =
            io::Write::write_all(&mut out, &text).map_err(|e| Error::new("standard output", e));
        Report::streamed(written, &mut out)
    }
}
