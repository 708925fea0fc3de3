// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A file of the kernel's, without a copy where the kernel allows that.

use std::{
    fs::{self, File},
    io,
    ops::Deref,
    os::fd::AsRawFd,
    path::Path,
    ptr::{self, NonNull},
    slice,
};

/// The bytes of a file that never changes.
#[derive(Debug)]
pub(super) enum Mapped {
    /// Shared with the kernel: address and length.
    Shared(NonNull<u8>, usize),
    /// A copy, where the file cannot be mapped (BTF before Linux 6.16).
    Copied(Vec<u8>),
}

impl Mapped {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        // SAFETY: a new private read-only mapping at an address of the kernel's
        // choice touches no memory that this program uses.
        let address = unsafe {
            libc::mmap(
                ptr::null_mut(),
                length,
                libc::PROT_READ,
                libc::MAP_PRIVATE,
                file.as_raw_fd(),
                0,
            )
        };
        match NonNull::new(address.cast::<u8>()) {
            Some(address) if address.as_ptr().cast() != libc::MAP_FAILED => {
                Ok(Self::Shared(address, length))
            }
            _ => fs::read(path).map(Self::Copied),
        }
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            // SAFETY: mapped readable for this length until the drop below, and
            // the kernel's BTF is part of its image, which nobody writes.
            Self::Shared(address, length) => unsafe {
                slice::from_raw_parts(address.as_ptr(), *length)
            },
            Self::Copied(bytes) => bytes,
        }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        if let Self::Shared(address, length) = self {
            // SAFETY: this very mapping, which nothing borrows any more.
            unsafe { libc::munmap(address.as_ptr().cast(), *length) };
        }
    }
}
