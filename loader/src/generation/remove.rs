// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Taking generations away.

use std::{fs, path::Path};

use bpfsign_verify::{At, Host, Result};

use super::RUN_FILES;
use crate::holder;

/// Takes away a run directory without generations: our links, what a holder
/// left, and the directory itself unless it holds something that is not ours.
pub(super) fn remove_run(run: &Path) -> Result<()> {
    let ours = RUN_FILES.into_iter().chain(["current"]).chain(holder::FILES);
    for file in ours.map(|name| run.join(name)) {
        if file.symlink_metadata().is_ok() {
            fs::remove_file(&file).at(&file)?;
        }
    }
    let _ = fs::remove_dir(run);
    Ok(())
}

/// Removes the pins of a package: first `current`, so that no agent finds
/// half of them, then all generations. Programs detach with their links.
pub(crate) fn remove_pins(host: &Host, name: &str) -> Result<()> {
    let package = host.package_pins(name);
    let current = package.join("current");
    if current.is_symlink() {
        fs::remove_file(&current).at(&current)?;
    }
    if package.exists() {
        fs::remove_dir_all(&package).at(&package)?;
    }
    Ok(())
}
