// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Starting holders again that were killed.

use bpfsign_format::is_package_name;
use bpfsign_verify::Result;

use crate::{
    generation::{ReadyHost, entries},
    holder::{HolderStatus, WHO, start},
    read,
};

/// The names of the packages that may need a holder: those that have had one. A package
/// that needs one is put in force by a holder, which leaves a file that says who it is.
///
/// # Errors
/// [`Reason::Io`](bpfsign_verify::Reason::Io) when the run directory cannot be read.
pub fn held_packages(host: &ReadyHost<'_>) -> Result<Vec<String>> {
    let names = entries(&host.run_dir)?.into_iter().filter(|run| run.join(WHO).exists());
    let names = names.filter_map(|run| Some(run.file_name()?.to_str()?.to_owned()));
    Ok(names.filter(|name| is_package_name(name)).collect())
}

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
