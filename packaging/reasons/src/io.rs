// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What to do about an error of the system.

use std::io::{Error, ErrorKind};

/// What to do about an error of the system, for the kinds that have an answer.
pub fn io_hint(error: &Error) -> Option<String> {
    let hint = match error.kind() {
        ErrorKind::NotFound => "check the path",
        ErrorKind::PermissionDenied => "check who may read and write it, or run as root",
        ErrorKind::StorageFull => "make room on the file system and run it again",
        ErrorKind::AlreadyExists => "choose another name, or move the file away first",
        _ => return None,
    };
    Some(hint.to_owned())
}
