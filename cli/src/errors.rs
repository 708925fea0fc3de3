// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What errors of the author's side come to: their catalogues say code, exit code and hint.

use bpfsign_host::Failure;

/// An error that a verb may end with.
pub(crate) trait Explain {
    /// What to tell of it.
    fn explain(&self) -> Failure;
}

/// The verb fails where this is an error.
pub(crate) trait OrFailure<T> {
    fn or_failure(self) -> Result<T, Failure>;
}

impl<T, E: Explain> OrFailure<T> for Result<T, E> {
    fn or_failure(self) -> Result<T, Failure> {
        self.map_err(|error| error.explain())
    }
}

impl Explain for bpfsign_packaging::Error {
    fn explain(&self) -> Failure {
        let reason = &self.reason;
        Failure::of(self, reason.code(), reason.exit_code(), reason.hint())
    }
}

impl Explain for bpfsign_registry::Error {
    fn explain(&self) -> Failure {
        let reason = &self.reason;
        Failure::of(self, reason.code(), reason.exit_code(), reason.hint())
    }
}

impl Explain for bpfsign_keys::FileError {
    fn explain(&self) -> Failure {
        Failure::of(self, self.code(), self.exit_code(), self.hint())
    }
}
