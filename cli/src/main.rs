// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign`: signed BPF programs, from source to pinned maps.
#![forbid(unsafe_code)]

mod args;
mod bars;
mod failure;
mod hints;
#[cfg(feature = "author")]
mod network;
mod provenance;
mod report;
#[cfg(feature = "author")]
mod signers;
mod trusted;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let json = args.json;
    bpfsign_format::bpf::capture_log();
    match verbs::run(args).and_then(|report| report.print(json).map(|()| report.exit())) {
        Ok(exit) => exit,
        Err(failure) => failure.print(json),
    }
}
