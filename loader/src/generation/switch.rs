// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Putting a generation in force, in one step. A rename of a symlink over another is atomic
//! on bpffs from Linux 4.19; exchanging two directories is not possible there before 6.1.

use std::{fs, os::unix::fs::symlink, path::Path};

use bpfsign_verify::{At, Result};

use super::RUN_FILES;

/// The name that a new `current` has until it is renamed.
pub(super) const NEXT: &str = "next";

/// Makes `current` in `directory` a link to `target`, in one step.
pub(super) fn switch(directory: &Path, target: &Path) -> Result<()> {
    let (next, current) = (directory.join(NEXT), directory.join("current"));
    symlink(target, &next).at(&next)?;
    fs::rename(&next, &current).at(&current)
}

/// Lets the paths that agents know lead to the files of the generation in
/// force.
pub(super) fn switch_run(run: &Path, target: &Path) -> Result<()> {
    switch(run, target)?;
    for file in RUN_FILES {
        let link = run.join(file);
        if !link.is_symlink() {
            symlink(Path::new("current").join(file), &link).at(&link)?;
        }
    }
    Ok(())
}
