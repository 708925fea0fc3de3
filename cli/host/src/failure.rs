// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a verb fails: what happened, to which file, what to do, which exit code.

use std::{
    fmt,
    io::{ErrorKind, Write},
    path::Path,
    process,
};

use bpfsign_reasons::{ExitCode, io_hint};
use serde::{Serialize, Serializer};

use crate::printable::printable;

/// A failure, ready to print.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// A stable name of the reason.
    code: &'static str,
    /// The exit code.
    #[serde(serialize_with = "as_number")]
    exit: ExitCode,
    /// What happened, to which file.
    message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl fmt::Display for Failure {
    /// What happened, and what to do next.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\n  {hint}"))
    }
}

impl Failure {
    /// A failure of the environment or the input: exit code 1.
    pub fn new(code: &'static str, message: String, hint: Option<String>) -> Self {
        Self { code, exit: ExitCode::Failed, message, hint }
    }

    /// What an error says, whose text may hold names out of files.
    pub fn of(
        error: &impl fmt::Display,
        code: &'static str,
        exit: ExitCode,
        hint: Option<String>,
    ) -> Self {
        Self { code, exit, message: printable(&error.to_string()), hint }
    }

    /// An argument that clap cannot check: exit code 2.
    pub fn usage(message: String, hint: String) -> Self {
        Self { code: "usage", exit: ExitCode::Usage, message, hint: Some(hint) }
    }

    /// A file that cannot be read or written: exit code 1.
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        let hint = io_hint(error);
        Self {
            code: "io",
            exit: ExitCode::Failed,
            message: printable(&format!("{}: {error}", path.display())),
            hint,
        }
    }

    /// Standard output failed. A reader that has seen enough is no failure.
    pub(crate) fn output(error: &std::io::Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::BrokenPipe => None,
            _ => Some(Self::io(Path::new("standard output"), error)),
        }
    }

    /// Prints the failure, to people on standard error or as the one JSON
    /// object on standard output.
    pub(crate) fn print(&self, json: bool) -> process::ExitCode {
        // Nothing is left to do when even this cannot be printed.
        if json {
            let object = serde_json::json!({ "error": self });
            let _ = writeln!(std::io::stdout(), "{object}");
        } else {
            let _ = writeln!(std::io::stderr(), "bpfsign: {}", self.message);
            if let Some(hint) = &self.hint {
                let _ = writeln!(std::io::stderr(), "  {hint}");
            }
        }
        process::ExitCode::from(self.exit as u8)
    }
}

impl From<bpfsign_verify::Error> for Failure {
    fn from(error: bpfsign_verify::Error) -> Self {
        let reason = &error.reason;
        Self::of(&error, reason.code(), reason.exit_code(), error.hint())
    }
}

fn as_number<S: Serializer>(exit: &ExitCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(*exit as u8)
}
