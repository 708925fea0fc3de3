// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which build of the kernel runs.

use std::{fs, path::Path};

use bpfsign_format::{KernelId, build_id_of_notes};
use bpfsign_verify::{At, Result};

use super::btf::VMLINUX;

const RELEASE: &str = "/proc/sys/kernel/osrelease";
const NOTES: &str = "/sys/kernel/notes";

/// The running kernel.
#[derive(Debug)]
pub(crate) struct RunningKernel {
    /// As `uname -r` prints it.
    pub(crate) release: String,
    /// Release and build id; `None` when it does not tell its build id, or has
    /// a release that no package can name.
    pub(crate) id: Option<KernelId>,
    /// Whether it shows BTF of its own.
    pub(crate) has_btf: bool,
}

impl RunningKernel {
    pub(crate) fn read() -> Result<Self> {
        let release = fs::read_to_string(RELEASE).at(RELEASE)?;
        let release = release.trim_end().to_owned();
        let notes = fs::read(NOTES).unwrap_or_default();
        let id = build_id_of_notes(&notes).and_then(|id| KernelId::new(&release, &id));
        let has_btf = Path::new(VMLINUX).metadata().is_ok_and(|m| m.len() > 0);
        Ok(Self { release, id, has_btf })
    }
}
