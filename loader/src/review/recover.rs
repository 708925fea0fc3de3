// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Starting holders again that were killed.

use bpfsign_verify::Result;

use crate::{
    generation::ReadyHost,
    holder::{HolderStatus, start},
    read,
};

/// Starts a holder for a loaded package whose holder is gone; says whether it
/// did.
///
/// # Errors
/// [`Reason::Holder`](bpfsign_verify::Reason::Holder) when it does not start.
pub fn recover(host: &ReadyHost<'_>, name: &str) -> Result<bool> {
    let status = read::status(host, name)?;
    match status.holder {
        Some(HolderStatus::Gone) => start(host, name).map(|()| true),
        _ => Ok(false),
    }
}
