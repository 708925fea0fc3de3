// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a verb has to say when it is done.

use std::{
    io::{ErrorKind, Write},
    process,
};

use bpfsign_verify::{ExitCode, Reason, Signer};
use serde::Serialize;

use crate::{failure::Failure, printable::printable};

/// A verb's result: text for people, one JSON object for programs.
#[derive(Debug)]
pub struct Report {
    text: String,
    json: serde_json::Value,
    exit: Option<ExitCode>,
}

impl Report {
    /// What a verb says, to people and to programs.
    ///
    /// # Errors
    /// It cannot be made JSON, as a path that is no text.
    pub fn new(text: impl Into<String>, json: &impl Serialize) -> Result<Self, Failure> {
        let json = serde_json::to_value(json)
            .map_err(|e| Failure::io("standard output".as_ref(), &e.into()))?;
        Ok(Self { text: printable(&text.into()), json, exit: None })
    }

    /// Of something that always serializes, as records do.
    pub(crate) fn of(text: impl Into<String>, json: &impl Serialize) -> Self {
        let json = serde_json::to_value(json).unwrap_or_default();
        Self { text: printable(&text.into()), json, exit: None }
    }

    /// Ends the command with the exit code for what is not trusted.
    pub(crate) fn not_trusted(self) -> Self {
        Self { exit: Some(ExitCode::NotTrusted), ..self }
    }

    /// Ends the command with the exit code for what the kernel cannot run.
    pub fn cannot_run(self) -> Self {
        Self { exit: Some(ExitCode::CannotRun), ..self }
    }

    /// Ends the command with the exit code for what the policy refuses.
    pub(crate) fn refused_by_policy(self) -> Self {
        Self { exit: Some(ExitCode::Policy), ..self }
    }

    /// Ends the command with this exit code, if one is given.
    pub fn with_exit(self, exit: Option<ExitCode>) -> Self {
        Self { exit, ..self }
    }

    /// The exit code of the command; 0 unless the verb says otherwise.
    pub(crate) fn exit(&self) -> process::ExitCode {
        self.exit.map_or(process::ExitCode::SUCCESS, |code| process::ExitCode::from(code as u8))
    }

    /// The report of a verb that wrote its output itself, with what came of
    /// that. Only standard output breaks as a pipe, and that is no failure.
    ///
    /// # Errors
    /// What went wrong, a closed pipe apart.
    pub fn streamed(
        written: bpfsign_verify::Result<()>,
        out: &mut impl Write,
    ) -> Result<Self, Failure> {
        match written {
            Err(e) if matches!(&*e.reason, Reason::Io(e) if e.kind() == ErrorKind::BrokenPipe) => {}
            other => {
                other?;
                finish(out.flush())?;
            }
        }
        Ok(Self::nothing())
    }

    /// Of a verb that wrote all that there is to say.
    pub(crate) fn nothing() -> Self {
        Self { text: String::new(), json: serde_json::Value::Null, exit: None }
    }

    pub(crate) fn print(&self, json: bool) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let written = match json {
            _ if self.json.is_null() => Ok(()),
            true => writeln!(out, "{}", self.json),
            false => writeln!(out, "{}", self.text.trim_end()),
        };
        finish(written.and_then(|()| out.flush()))
    }
}

/// A line for each of those that signed.
pub fn signed_by(signers: &[Signer]) -> String {
    signers.iter().map(|s| format!("signed by {} ({})\n", s.name, s.key)).collect()
}

/// Turns a result of writing to standard output into a verb's.
fn finish(written: std::io::Result<()>) -> Result<(), Failure> {
    match written {
        Ok(()) => Ok(()),
        Err(error) => Failure::output(&error).map_or(Ok(()), Err),
    }
}
