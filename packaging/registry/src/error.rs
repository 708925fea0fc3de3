// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why nothing was transferred.

use std::fmt;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a transfer failed, and of what.
#[derive(Debug)]
pub struct Error {
    /// The reference or address.
    pub what: String,
    /// The reason.
    pub reason: Reason,
}

/// Why a transfer failed.
#[derive(Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Display says what each one means")]
pub enum Reason {
    // The command line.
    Reference(String),
    PlainHttp,
    Authority(String),
    // The environment.
    Setup(String),
    Credentials(String),
    Unreachable(String),
    Deadline(u64),
    Denied,
    NotFound,
    Status { code: u16, said: String },
    Push(String),
    // What the server sent is not what was asked for.
    Redirect(String),
    TooLarge { most: u64 },
    Truncated { expected: u64, got: u64 },
    Digest { expected: String, got: String },
    NotAPackage(String),
}

impl Error {
    pub(crate) fn new(what: impl fmt::Display, reason: Reason) -> Self {
        Self { what: what.to_string(), reason }
    }
}

impl Reason {
    /// A stable name for `--json`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Reference(_) => "reference",
            Self::PlainHttp => "plain-http",
            Self::Authority(_) => "registry-authority",
            Self::Setup(_) => "network",
            Self::Credentials(_) => "registry-credentials",
            Self::Unreachable(_) => "registry-unreachable",
            Self::Deadline(_) => "registry-deadline",
            Self::Denied => "registry-denied",
            Self::NotFound => "registry-not-found",
            Self::Status { .. } => "registry-status",
            Self::Push(_) => "registry-push",
            Self::Redirect(_) => "registry-redirect",
            Self::TooLarge { .. } => "registry-too-large",
            Self::Truncated { .. } => "registry-truncated",
            Self::Digest { .. } => "registry-digest",
            Self::NotAPackage(_) => "registry-not-a-package",
        }
    }

    /// Whether the command line is to be mended.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Reference(_) | Self::PlainHttp)
    }

    /// Whether the server sent something else than what was asked for.
    pub fn is_not_authentic(&self) -> bool {
        matches!(
            self,
            Self::Redirect(_)
                | Self::TooLarge { .. }
                | Self::Truncated { .. }
                | Self::Digest { .. }
                | Self::NotAPackage(_)
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(why) => write!(f, "is no reference: {why}"),
            Self::PlainHttp => f.write_str("would be reached without TLS"),
            Self::Authority(why) => write!(f, "no certificate authority: {why}"),
            Self::Setup(why) => write!(f, "no client for it: {why}"),
            Self::Credentials(why) => write!(f, "the credentials for it cannot be had: {why}"),
            Self::Unreachable(why) => write!(f, "cannot be reached: {why}"),
            Self::Deadline(seconds) => write!(f, "took longer than {seconds} s"),
            Self::Denied => f.write_str("the server denies access"),
            Self::NotFound => f.write_str("the server has no such thing"),
            Self::Status { code, said } => write!(f, "the server answered {code}: {said}"),
            Self::Push(why) => write!(f, "was not taken: {why}"),
            Self::Redirect(to) => write!(f, "the server sends on to {to}"),
            Self::TooLarge { most } => write!(f, "the server sends more than {most} bytes"),
            Self::Truncated { expected, got } => {
                write!(f, "the server sent {got} of {expected} bytes")
            }
            Self::Digest { expected, got } => {
                write!(f, "the server sent something else: {got} in place of {expected}")
            }
            Self::NotAPackage(why) => write!(f, "is no bpfsign package: {why}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.reason)
    }
}

impl std::error::Error for Error {}
