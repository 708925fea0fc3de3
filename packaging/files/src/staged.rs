// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writing many files, all of them or none.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::write::{beside, parent, replace, write};

/// A file that is written beside the one that it is to replace; removed again when it is
/// dropped before [`commit`].
#[derive(Debug)]
#[must_use = "a file that is dropped before `commit` is removed"]
pub struct Staged {
    path: PathBuf,
    /// `None` when it is in its place.
    beside: Option<PathBuf>,
}

impl Drop for Staged {
    fn drop(&mut self) {
        // The error that led here is reported; if this fails too, a file is left.
        let _ = self.beside.as_ref().map(fs::remove_file);
    }
}

/// Writes `bytes` beside `path` with the given mode, not synced yet.
///
/// # Errors
/// The system's; nothing is left then.
pub fn stage(path: &Path, bytes: &[u8], mode: u32) -> io::Result<Staged> {
    replace(path, bytes, |beside, bytes| write(beside, bytes, mode))?;
    Ok(Staged { path: path.to_owned(), beside: Some(beside(path)) })
}

/// From so many files on, to sync their file system takes less time than to sync each.
const MANY: usize = 16;

/// Syncs all files to disk, then renames each over the one that it replaces. Without an error
/// of the system in the renames, all are replaced or none.
///
/// # Errors
/// The system's, with the file concerned.
pub fn commit(mut staged: Vec<Staged>) -> Result<(), (PathBuf, io::Error)> {
    let parents: BTreeSet<PathBuf> = staged.iter().map(|s| parent(&s.path).to_owned()).collect();
    let sync = |p: &PathBuf| File::open(p).and_then(|f| f.sync_all()).map_err(|e| (p.clone(), e));
    if staged.len() < MANY {
        staged.iter().filter_map(|s| s.beside.as_ref()).try_for_each(sync)?;
    } else {
        for parent in &parents {
            let directory = File::open(parent).map_err(|e| (parent.clone(), e))?;
            rustix::fs::syncfs(&directory).map_err(|e| (parent.clone(), e.into()))?;
        }
    }
    for Staged { path, beside } in &mut staged {
        let renamed = beside.as_ref().map_or(Ok(()), |beside| fs::rename(beside, &*path));
        renamed.map_err(|e| (path.clone(), e))?;
        *beside = None;
    }
    parents.iter().try_for_each(sync)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staged_files_are_all_put_in_place_or_none() {
        let dir = tempfile::tempdir().unwrap();
        // Fewer than are synced one by one, and more.
        for count in [2, MANY + 1] {
            let paths: Vec<_> = (0..count).map(|n| dir.path().join(n.to_string())).collect();
            let all = |text: &[u8]| -> Vec<Staged> {
                paths.iter().map(|path| stage(path, text, 0o644).unwrap()).collect()
            };
            drop(all(b"dropped"));
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
            commit(all(b"text")).unwrap();
            for path in &paths {
                assert_eq!(fs::read(path).unwrap(), b"text");
                fs::remove_file(path).unwrap();
            }
        }
    }
}
