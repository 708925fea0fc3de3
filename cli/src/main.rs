// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign`: signed BPF programs, from source to pinned maps.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    bpfsign::main()
}
