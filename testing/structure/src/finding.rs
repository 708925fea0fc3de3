// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a check has to say.

use std::{fmt, path::PathBuf};

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file that it is about, below the root.
    pub file: PathBuf,
    /// The line in it, from 1 on.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether the check fails for it; if not, it is worth knowing.
    pub fails: bool,
}

impl Finding {
    /// A finding that the check fails for.
    pub(crate) fn failure(file: impl Into<PathBuf>, line: usize, message: String) -> Self {
        Self { file: file.into(), line, message, fails: true }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let note = if self.fails { "" } else { "note: " };
        write!(f, "{}:{}: {note}{}", self.file.display(), self.line, self.message)
    }
}
