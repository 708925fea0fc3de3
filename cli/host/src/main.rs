// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign` of a host: verifies, loads and reads signed BPF programs.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use bpfsign_host::Verb;

fn main() -> ExitCode {
    bpfsign_host::main::<Verb>()
}
