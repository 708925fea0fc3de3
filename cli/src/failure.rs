// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a verb fails: what happened, to which file, what to do, which exit code.

use std::{
    fmt,
    io::{ErrorKind, Write},
    path::Path,
    process,
};

use bpfsign_loader::ExitCode;
use serde::{Serialize, Serializer};

use crate::{hints, report::printable};

/// A failure, ready to print.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
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
    #[cfg(feature = "author")]
    pub(crate) fn new(code: &'static str, message: String, hint: Option<String>) -> Self {
        Self { code, exit: ExitCode::Failed, message, hint }
    }

    /// An argument that clap cannot check: exit code 2.
    pub(crate) fn usage(message: String, hint: String) -> Self {
        Self { code: "usage", exit: ExitCode::Usage, message, hint: Some(hint) }
    }

    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        let hint = hints::io(error).map(str::to_owned);
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

impl From<bpfsign_loader::Error> for Failure {
    fn from(error: bpfsign_loader::Error) -> Self {
        Self {
            code: error.reason.code(),
            exit: error.reason.exit_code(),
            message: printable(&error.to_string()),
            hint: hints::loader(&error),
        }
    }
}

#[cfg(feature = "author")]
impl From<bpfsign_packaging::Error> for Failure {
    fn from(error: bpfsign_packaging::Error) -> Self {
        Self {
            code: error.reason.code(),
            exit: error.reason.exit_code(),
            message: printable(&error.to_string()),
            hint: error.reason.hint(),
        }
    }
}

#[cfg(feature = "author")]
impl From<bpfsign_registry::Error> for Failure {
    fn from(error: bpfsign_registry::Error) -> Self {
        Self {
            code: error.reason.code(),
            exit: error.reason.exit_code(),
            message: printable(&error.to_string()),
            hint: error.reason.hint(),
        }
    }
}

#[cfg(feature = "author")]
impl From<bpfsign_keys::FileError> for Failure {
    fn from(error: bpfsign_keys::FileError) -> Self {
        Self {
            code: error.code(),
            exit: error.exit_code(),
            message: printable(&error.to_string()),
            hint: error.hint(),
        }
    }
}

fn as_number<S: Serializer>(exit: &ExitCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(*exit as u8)
}
