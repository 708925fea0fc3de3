// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Running programs.

use std::process::{Command, Output};

use serde_json::Value;

/// What a program did.
#[derive(Debug)]
pub struct Ran(pub Output);

impl Ran {
    /// The exit code; -1 when it was killed.
    pub fn exit(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    /// Its standard output.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// Its standard error.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// Its output as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.0.stdout).unwrap_or(Value::Null)
    }

    /// Its standard output, if it succeeded.
    ///
    /// # Errors
    /// What it said.
    pub fn ok(self) -> Result<String, String> {
        match self.exit() {
            0 => Ok(self.stdout()),
            code => Err(format!("exit code {code}: {}{}", self.stdout(), self.stderr())),
        }
    }

    /// Whether it failed with this code, saying this.
    ///
    /// # Errors
    /// What it did instead.
    pub fn refused(self, code: i32, message: &str) -> Result<(), String> {
        match self.exit() == code && self.stderr().contains(message) {
            true => Ok(()),
            false => Err(format!(
                "want exit code {code} and {message:?}, got {}: {}{}",
                self.exit(),
                self.stdout(),
                self.stderr()
            )),
        }
    }
}

/// Runs a command.
///
/// # Errors
/// When it cannot be started.
pub fn run(command: &mut Command) -> Result<Ran, String> {
    command.output().map(Ran).map_err(|e| format!("{command:?}: {e}"))
}

/// Runs the host's `bpfsign`.
///
/// # Errors
/// When it cannot be started.
pub fn bpfsign(args: &[&str]) -> Result<Ran, String> {
    run(Command::new("/bin/bpfsign").args(args))
}
