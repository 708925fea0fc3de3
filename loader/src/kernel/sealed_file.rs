// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bytes under a path, for a library that wants a path: a file in memory that
//! nobody can change any more (memfd_create(2), F_ADD_SEALS in fcntl(2)).

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsRawFd,
    path::PathBuf,
};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// A sealed file in memory; it goes when this is dropped.
#[derive(Debug)]
pub(crate) struct SealedFile(File);

impl SealedFile {
    pub(crate) fn new(name: &str, bytes: &[u8]) -> io::Result<Self> {
        let mut file =
            File::from(memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?);
        file.write_all(bytes)?;
        fcntl_add_seals(
            &file,
            SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
        )?;
        Ok(Self(file))
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
        let file = SealedFile::new("test", b"content").unwrap();
        assert_eq!(std::fs::read(file.path()).unwrap(), b"content");
        let mut writer = File::options().write(true).open(file.path()).unwrap();
        assert!(writer.write_all(b"x").is_err());
    }
}
