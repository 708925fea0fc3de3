// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What to do about an error of the system.

use std::io::{Error, ErrorKind};

/// What to do about an error of the system, for the kinds that have an answer.
pub fn io_hint(error: &Error) -> Option<String> {
    let hint = match error.kind() {
        ErrorKind::NotFound => "check the path",
        ErrorKind::PermissionDenied => {
            "run as root, or for reading as a member of the agents' group"
        }
        ErrorKind::StorageFull => "make room on the file system and run it again",
        ErrorKind::AlreadyExists => "choose another name, or move the file away first",
        _ => return None,
    };
    Some(hint.to_owned())
}
