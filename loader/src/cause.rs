// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What libbpf-rs's errors are about.

/// The system's error below libbpf-rs's context lines.
pub(crate) fn root_cause(error: &libbpf_rs::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
