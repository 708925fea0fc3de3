// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writing one file so that it is there whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

/// `foo.bpf.o.sig` for `foo.bpf.o` and `.sig`.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Writes `bytes` beside `path` with the given mode and renames the result over
/// it, both synced to disk. On failure `path` is as it was.
///
/// # Errors
/// The system's.
pub fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    replace(path, bytes, |beside, bytes| {
        write(beside, bytes, mode)?.sync_all()?;
        fs::rename(beside, path)?;
        sync_parent(path)
    })
}

/// [`write_whole`], but never over a file that is there.
///
/// # Errors
/// The system's; [`io::ErrorKind::AlreadyExists`] when `path` exists.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    replace(path, bytes, |beside, bytes| {
        write(beside, bytes, mode)?.sync_all()?;
        // A link, unlike a rename, does not replace.
        fs::hard_link(beside, path)?;
        fs::remove_file(beside)?;
        sync_parent(path)
    })
}

/// [`write_whole`] for a file that need not outlive a reboot, readable by a group. Its readers
/// see it whole, but it is not synced.
///
/// # Errors
/// The system's.
pub fn write_volatile(path: &Path, bytes: &[u8], mode: u32, group: u32) -> io::Result<()> {
    replace(path, bytes, |beside, bytes| {
        let file = write(beside, bytes, mode)?;
        fchown(&file, None, Some(group))?;
        fs::rename(beside, path)
    })
}

/// Runs `write` on a name beside `path`, which is removed again on failure.
pub(crate) fn replace<T>(
    path: &Path,
    bytes: &[u8],
    write: impl FnOnce(&Path, &[u8]) -> io::Result<T>,
) -> io::Result<T> {
    let beside = beside(path);
    // A process with this number that was killed may have left it.
    let _ = fs::remove_file(&beside);
    let written = write(&beside, bytes);
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

/// Writes a new file with exactly this mode.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    // The umask cut the mode above.
    file.set_permissions(PermissionsExt::from_mode(mode))?;
    Ok(file)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(parent(path))?.sync_all()
}

pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_replaces_none_and_a_whole_one_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        write_new(&path, b"one", 0o600).unwrap();
        let again = write_new(&path, b"two", 0o600).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_whole(&path, b"two", 0o640).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside");
    }
}
