// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading a file within a bound, and writing one so that it is there whole or
//! not at all.

use std::{
    collections::BTreeSet,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

/// Why a file was not read.
#[derive(Debug)]
pub enum ReadError {
    /// It cannot be opened or read.
    Io(io::Error),
    /// A directory, a device, a FIFO.
    NotAFile,
    /// Larger than the bound.
    TooLarge,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::TooLarge => f.write_str("too large"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a regular file of at most `limit` bytes, once.
///
/// # Errors
/// [`ReadError`]: no more than `limit` + 1 bytes are read.
pub fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, ReadError> {
    // Not blocking, so that a FIFO in place of a file cannot hang us.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
        .map_err(ReadError::Io)?;
    let metadata = file.metadata().map_err(ReadError::Io)?;
    if !metadata.is_file() {
        return Err(ReadError::NotAFile);
    }
    let mut bytes = Vec::with_capacity((metadata.len() as usize).min(limit) + 1);
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    match bytes.len() <= limit {
        true => Ok(bytes),
        false => Err(ReadError::TooLarge),
    }
}

/// The packages (`*.bpfpkg`) in a directory, in the order of their names.
///
/// # Errors
/// The system's.
pub fn package_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?.map(|entry| entry.map(|e| e.path()));
    let mut files = entries.collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "bpfpkg"));
    files.sort();
    Ok(files)
}

/// Whether the bytes are an ELF file's, and so an object and not a package.
pub fn is_elf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF")
}

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

/// A file that is written beside the one that it is to replace; removed again when it is
/// dropped before [`commit`].
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    /// `None` when it is in its place.
    beside: Option<PathBuf>,
}

impl Drop for Staged {
    fn drop(&mut self) {
        // What went wrong is told; this is only to leave nothing.
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

/// [`write_whole`] for a file that is not to outlive a reboot, readable by a
/// group: whole to its readers, but not synced.
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
fn replace<T>(
    path: &Path,
    bytes: &[u8],
    write: impl FnOnce(&Path, &[u8]) -> io::Result<T>,
) -> io::Result<T> {
    let beside = beside(path);
    // A file left by a killed process of the same number is no one's any more.
    let _ = fs::remove_file(&beside);
    let written = write(&beside, bytes);
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    // The umask cut the mode above.
    file.set_permissions(PermissionsExt::from_mode(mode))?;
    Ok(file)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(parent(path))?.sync_all()
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
