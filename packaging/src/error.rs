// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a package cannot be built, read or signed.

use std::{fmt, io, path::PathBuf};

use bpfsign_format::{FormatError, ReadError, bpf::BpfError};
use bpfsign_keys::{CertError, KeyError, SignerError};

use crate::ObjectCheck;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something failed, and for which file.
#[derive(Debug)]
pub struct Error {
    /// The file or directory concerned.
    pub path: PathBuf,
    /// The reason.
    pub reason: Box<Reason>,
}

/// Why something failed.
#[derive(Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Display says what each one means")]
pub enum Reason {
    Io(io::Error),
    NotAFile,
    ProgramFile(String),
    NoCompiler,
    Compile(String),
    Link(String),
    Object(BpfError),
    Declares(String),
    Format(FormatError),
    Key(KeyError),
    Signer(SignerError),
    Certificate(CertError),
    Target(String),
    UnknownTarget { name: String, known: Vec<String> },
    KernelFile(String),
    NoTool(&'static str),
    TargetBtf,
    CannotMinimise,
    NoGuest,
    NotStatic,
    Machine(String),
    CannotLoad(Vec<ObjectCheck>),
    Index(String),
    Provenance(String),
    Twice,
}

impl Error {
    /// An error about `path`.
    pub fn new(path: impl Into<PathBuf>, reason: Reason) -> Self {
        Self { path: path.into(), reason: Box::new(reason) }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::new(path, Reason::Io(error))
    }

    /// For `map_err` on a bounded read.
    pub fn read(path: impl Into<PathBuf>) -> impl FnOnce(ReadError) -> Self {
        let path = path.into();
        move |error| {
            let reason = match error {
                ReadError::Io(error) => Reason::Io(error),
                ReadError::NotAFile => Reason::NotAFile,
                ReadError::TooLarge => Reason::Format(FormatError::TooLarge),
            };
            Self::new(path, reason)
        }
    }
}

impl Reason {
    /// A stable name for `--json`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "io",
            Self::NotAFile => "not-a-file",
            Self::ProgramFile(_) => "program-file",
            Self::NoCompiler => "no-compiler",
            Self::Compile(_) => "compile",
            Self::Link(_) => "link",
            Self::Object(BpfError::PinsItself(_)) => "object-pins-itself",
            Self::Object(_) => "bad-object",
            Self::Declares(_) => "program-file-mismatch",
            Self::Format(error) => error.code(),
            Self::Key(_) => "key",
            Self::Signer(SignerError::Key(_)) => "key",
            Self::Signer(_) => "signer",
            Self::Certificate(error) => error.code(),
            Self::Target(_) => "target",
            Self::UnknownTarget { .. } => "unknown-target",
            Self::KernelFile(_) => "kernel-file",
            Self::NoTool(_) => "no-tool",
            Self::TargetBtf => "target-btf",
            Self::CannotMinimise => "cannot-minimise",
            Self::NoGuest => "no-guest",
            Self::NotStatic => "not-static",
            Self::Machine(_) => "machine",
            Self::CannotLoad(_) => "cannot-load",
            Self::Index(_) => "index",
            Self::Provenance(_) => "provenance",
            Self::Twice => "twice",
        }
    }

    /// Whether the file is no authentic package or object (exit code 3), in
    /// contrast to a failure of the environment or the input (exit code 1).
    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::NotAFile | Self::Format(_) | Self::Object(_) | Self::Provenance(_))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::ProgramFile(why) => write!(f, "refused: {why}"),
            Self::NoCompiler => f.write_str("there is no such compiler"),
            Self::Compile(log) => write!(f, "does not compile\n{}", log.trim_end()),
            Self::Link(why) => write!(f, "libbpf cannot link the object: {why}"),
            Self::Object(error) => error.fmt(f),
            Self::Declares(what) => write!(f, "program.toml and the object disagree: {what}"),
            Self::Format(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::Signer(error) => error.fmt(f),
            Self::Certificate(error) => error.fmt(f),
            Self::Target(why) => write!(f, "the target is refused: {why}"),
            Self::UnknownTarget { name, known } => {
                write!(f, "there is no target `{name}`; there are {}", known.join(", "))
            }
            Self::KernelFile(why) => f.write_str(why),
            Self::NoTool(tool) => write!(f, "`{tool}` is needed for this and is not installed"),
            Self::TargetBtf => f.write_str("is not well-formed BTF"),
            Self::CannotMinimise => f.write_str(
                "asks for the kernel's type numbers, which BTF in a package cannot give",
            ),
            Self::NoGuest => f.write_str("holds no bpfsign-guest to run in a machine"),
            Self::NotStatic => f.write_str("is no static program, as a machine needs"),
            Self::Machine(why) => write!(f, "the machine failed: {why}"),
            Self::Twice => f.write_str("is named twice"),
            Self::Provenance(why) => write!(f, "the provenance is refused: {why}"),
            Self::Index(why) => write!(f, "no index can be made: {why}"),
            Self::CannotLoad(checks) => {
                f.write_str("would not load on every target that it is declared for")?;
                checks.iter().try_for_each(|check| write!(f, "\n{check}"))
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for Error {}
