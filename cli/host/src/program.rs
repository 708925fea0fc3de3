// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From the command line to the verb, and from the verb to the exit code.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::{Args, Verbs};

/// Reads the command line, runs its verb and prints what came of it; the exit code.
pub fn main<V: Verbs>() -> ExitCode {
    let Args { json, verb } = Args::<V>::parse();
    bpfsign_format::bpf::capture_log();
    match verb.run(json).and_then(|report| report.print(json).map(|()| report.exit())) {
        Ok(exit) => exit,
        Err(failure) => failure.print(json),
    }
}

/// The definition of a command line with these verbs.
pub fn command<V: Verbs>() -> clap::Command {
    Args::<V>::command()
}
