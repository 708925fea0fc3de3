// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Is this host ready? Each obstacle has its own message; nothing is changed.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::Host;
use crate::{At, Error, Reason, Result};

/// Bits of the capability sets (include/uapi/linux/capability.h).
const CAP_CHOWN: u32 = 0;
const CAP_SYS_ADMIN: u32 = 21;
const CAP_PERFMON: u32 = 38;
const CAP_BPF: u32 = 39;

impl Host {
    /// Checks privilege, bpffs and the agents' group, in this order; gives the
    /// group's number, root's where none is asked for.
    ///
    /// # Errors
    /// [`Reason::NoPrivilege`], [`Reason::NotBpffs`],
    /// [`Reason::UnsafeDirectory`], [`Reason::NoGroup`].
    pub fn check(&self, group: Option<&str>) -> Result<u32> {
        self.check_privilege()?;
        self.check_bpffs()?;
        let Some(group) = group else { return Ok(0) };
        group_number(group)
            .ok_or_else(|| Error::new(self.policy.clone(), Reason::NoGroup(group.to_owned())))
    }

    /// Whether this process may load programs and hand out maps.
    pub fn check_privilege(&self) -> Result<()> {
        self.check_attach_privilege()?;
        match capabilities()? >> CAP_CHOWN & 1 {
            1 => Ok(()),
            _ => Err(self.no_privilege("CAP_CHOWN is needed to hand maps to the agents' group")),
        }
    }

    /// Whether this process may attach programs.
    pub fn check_attach_privilege(&self) -> Result<()> {
        let effective = capabilities()?;
        let has = |capability: u32| effective >> capability & 1 == 1;
        match has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON)) {
            true => Ok(()),
            false => Err(self.no_privilege(
                "CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON, are needed to load programs",
            )),
        }
    }

    fn no_privilege(&self, what: &'static str) -> Error {
        Error::new(self.pin_root.clone(), Reason::NoPrivilege(what))
    }

    /// The pin root, or the nearest directory above it that exists, is on a
    /// bpffs; an existing pin root is root's alone.
    fn check_bpffs(&self) -> Result<()> {
        let existing = self.pin_root.ancestors().find(|p| p.exists());
        let existing = existing.unwrap_or(Path::new("/"));
        let metadata = existing.metadata().at(existing)?;
        if !bpffs_devices()?.contains(&metadata.dev()) {
            return Err(Error::new(self.pin_root.clone(), Reason::NotBpffs));
        }
        match existing == self.pin_root {
            true => check_directory(existing),
            false => Ok(()),
        }
    }
}

/// The capabilities that this process has (proc_pid_status(5), CapEff).
fn capabilities() -> Result<u64> {
    let status = "/proc/self/status";
    let text = fs::read_to_string(status).at(status)?;
    let line = text.lines().find_map(|l| l.strip_prefix("CapEff:"));
    Ok(line.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0))
}

/// Device numbers of every mounted bpffs (proc_pid_mountinfo(5)).
fn bpffs_devices() -> Result<Vec<u64>> {
    let path = PathBuf::from("/proc/self/mountinfo");
    let text = fs::read_to_string(&path).at(path)?;
    let device = |line: &str| -> Option<u64> {
        let (mount, source) = line.split_once(" - ")?;
        if source.split(' ').next()? != "bpf" {
            return None;
        }
        let (major, minor) = mount.split(' ').nth(2)?.split_once(':')?;
        Some(libc::makedev(major.parse().ok()?, minor.parse().ok()?))
    };
    Ok(text.lines().filter_map(device).collect())
}

/// From `/etc/group`: a static binary has no name service, and a hardened
/// host's groups are local.
fn group_number(name: &str) -> Option<u32> {
    let text = fs::read_to_string("/etc/group").ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

/// Refuses what is not a directory of root's that nobody else can write; a symlink is none.
///
/// # Errors
/// [`Reason::UnsafeDirectory`], [`Reason::Io`].
pub fn check_directory(path: &Path) -> Result<()> {
    let metadata = path.symlink_metadata().at(path)?;
    match metadata.is_dir() && metadata.uid() == 0 && metadata.mode() & 0o022 == 0 {
        true => Ok(()),
        false => Err(Error::new(path, Reason::UnsafeDirectory)),
    }
}
