// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How the command line ends.

/// The documented exit codes (docs/spec/cli-v1.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Input, output or another failure of the environment.
    Failed = 1,
    /// The command line.
    Usage = 2,
    /// Not authentic: signature, digest, malformed package.
    NotAuthentic = 3,
    /// Not trusted: signer, threshold, expired, rolled back.
    NotTrusted = 4,
    /// Refused by policy, or the policy itself cannot be trusted.
    Policy = 5,
    /// This host cannot run it.
    CannotRun = 6,
    /// The kernel refused to load or attach it.
    LoadFailed = 7,
}
