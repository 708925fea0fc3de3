// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bytes under a path, for a library that wants a path: a file in memory that
//! nobody can change any more (memfd_create(2), F_ADD_SEALS in fcntl(2)).

use std::{
    ffi::CStr,
    fs::File,
    io::{self, Write},
    os::fd::{AsRawFd, FromRawFd},
    path::PathBuf,
};

/// A sealed file in memory; it goes when this is dropped.
#[derive(Debug)]
pub(crate) struct SealedFile(File);

impl SealedFile {
    pub(crate) fn new(name: &CStr, bytes: &[u8]) -> io::Result<Self> {
        // SAFETY: the name is a C string; the call touches no other memory.
        let fd = unsafe {
            libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING)
        };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a new descriptor that nothing else owns.
        let mut file = unsafe { File::from_raw_fd(fd) };
        file.write_all(bytes)?;
        let seals =
            libc::F_SEAL_WRITE | libc::F_SEAL_GROW | libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL;
        // SAFETY: a plain call on our own descriptor.
        match unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } {
            0 => Ok(Self(file)),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_and_cannot_be_changed() {
        let file = SealedFile::new(c"test", b"content").unwrap();
        assert_eq!(std::fs::read(file.path()).unwrap(), b"content");
        let mut writer = File::options().write(true).open(file.path()).unwrap();
        assert!(writer.write_all(b"x").is_err());
    }
}
