// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign` on a test's host, with its system calls traced or interrupted.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use super::{Host, Ran};

impl Host {
    /// `bpfsign` on this host, under strace with these options.
    pub fn strace(&self, options: &[&str], args: &[&str]) -> Ran {
        let mut command = Command::new("strace");
        command.args(options).arg("--").arg(env!("CARGO_BIN_EXE_bpfsign"));
        Ran(command.args(args).args(self.options()).output().unwrap())
    }
}

/// The system calls in a trace, and how often each was made.
pub fn calls_in(trace: &Path) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for line in fs::read_to_string(trace).unwrap().lines() {
        let name = line.split('(').next().unwrap();
        // What comes before is not ours, and at the end there is nothing to lose.
        if !["execve", "exit_group"].contains(&name) && !name.contains('+') {
            *calls.entry(name.to_owned()).or_insert(0) += 1;
        }
    }
    calls
}
