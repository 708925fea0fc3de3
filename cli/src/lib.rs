// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The author's `bpfsign`: the host's verbs, and those for who builds, signs and distributes
//! programs.
#![forbid(unsafe_code)]

mod errors;
mod network;
mod signers;
mod targets;
mod verbs;

use std::process::ExitCode;

use verbs::Verb;

/// Runs the verb that the command line names; the exit code.
pub fn main() -> ExitCode {
    bpfsign_host::main::<Verb>()
}

/// The definition of the command line.
pub fn command() -> clap::Command {
    bpfsign_host::command::<Verb>()
}
