// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Running programs that must succeed.

use std::{
    ffi::OsStr,
    process::{Child, Command, Stdio},
};

use crate::Result;

/// A program with these arguments, and nothing on its input.
pub fn command(
    program: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Command {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null());
    command
}

/// The standard output of a command.
pub fn output(mut command: Command) -> Result<String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!(
            "{command:?}: {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )
        .into()),
    }
}

/// The standard output of a program with these arguments.
pub fn run<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = S>,
) -> Result<String> {
    output(command(program, args))
}

/// A process that runs until this is dropped.
pub struct Background(Child);

impl Background {
    /// Starts it, with nothing to read or to say.
    pub fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(command.spawn().map_err(|e| format!("{command:?}: {e}"))?))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // As a user ends it: tracers detach then.
        let _ = run("kill", ["-INT", &self.0.id().to_string()]);
        let _ = self.0.wait();
    }
}
