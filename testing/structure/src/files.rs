// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The files of the tree.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Result};

/// The files below `root` whose names end in one of `extensions`, sorted, as paths below
/// `root`. In a git work tree these are the files that git has or would take; elsewhere all
/// but what is in `target` and in hidden folders.
pub(crate) fn files(root: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let mut files = match listed_by_git(root) {
        Some(files) => files,
        None => walk(root)?,
    };
    files.retain(|file| {
        let extension = file.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| extensions.contains(&extension))
            && root.join(file).is_file()
    });
    files.sort();
    files.dedup();
    Ok(files)
}

fn listed_by_git(root: &Path) -> Option<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    let names = String::from_utf8(output.stdout).ok()?;
    Some(names.split_terminator('\0').map(PathBuf::from).collect())
}

fn walk(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        for entry in fs::read_dir(&path).map_err(Error::io(&path))? {
            let entry = entry.map_err(Error::io(&path))?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') || name == "target" {
                continue;
            }
            let is_folder = entry.file_type().map_err(Error::io(&path))?.is_dir();
            let list = if is_folder { &mut folders } else { &mut files };
            list.push(folder.join(name));
        }
    }
    Ok(files)
}
