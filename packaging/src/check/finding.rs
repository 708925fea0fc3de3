// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a check found.

use std::fmt;

use serde::Serialize;

/// One reason why an object would not load on a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Finding {
    /// A stable name of the kind of reason: `helper`, `core-relocation`.
    pub code: &'static str,
    /// The program, where the reason lies in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The instruction, counted from the start of the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<usize>,
    /// `file:line` of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The one kernel of the target that it holds for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl Finding {
    /// A reason that concerns the object as a whole.
    pub(super) fn new(code: &'static str, message: String) -> Self {
        Self { code, program: None, instruction: None, line: None, kernel: None, message }
    }

    /// This finding, said of one program.
    pub(super) fn in_program(mut self, program: &str) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// This finding, said of one kernel of the target.
    pub(super) fn on_kernel(mut self, kernel: &str) -> Self {
        self.kernel = Some(kernel.to_owned());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = &self.line {
            write!(f, "{line}: ")?;
        }
        if let Some(program) = &self.program {
            write!(f, "program `{program}`")?;
            if let Some(instruction) = self.instruction {
                write!(f, ", instruction {instruction}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)?;
        match &self.kernel {
            Some(kernel) => write!(f, " (kernel {kernel})"),
            None => Ok(()),
        }
    }
}

/// What the check of one object against one target found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use]
pub struct ObjectCheck {
    /// The object's name.
    pub object: String,
    /// The target's name.
    pub target: String,
    /// The kernels whose BTF it was checked against.
    pub kernels: Vec<String>,
    /// Every reason why it would not load; empty when it would.
    pub findings: Vec<Finding>,
    /// What could not be checked, and why.
    pub notes: Vec<String>,
}

impl fmt::Display for ObjectCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.findings.is_empty() { "loads" } else { "does not load" };
        write!(f, "{} on {}: {verdict}", self.object, self.target)?;
        self.findings.iter().try_for_each(|finding| write!(f, "\n  {finding}"))?;
        self.notes.iter().try_for_each(|note| write!(f, "\n  note: {note}"))
    }
}
