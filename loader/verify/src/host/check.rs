// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Is this host ready? Each obstacle has its own message; nothing is changed.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

use rustix::{
    fs::statfs,
    thread::{CapabilitySet, capabilities},
};

use super::Host;
use crate::{At, Error, Reason, Result};

/// What the file system is that holds pins (include/uapi/linux/magic.h).
const BPF_FS_MAGIC: i64 = 0xcafe_4a11;

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
        match effective()?.contains(CapabilitySet::CHOWN) {
            true => Ok(()),
            false => {
                Err(self.no_privilege("CAP_CHOWN is needed to hand maps to the agents' group"))
            }
        }
    }

    /// Whether this process may attach programs.
    pub fn check_attach_privilege(&self) -> Result<()> {
        let enough = [CapabilitySet::SYS_ADMIN, CapabilitySet::BPF | CapabilitySet::PERFMON];
        let effective = effective()?;
        match enough.into_iter().any(|needed| effective.contains(needed)) {
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
        let system = statfs(existing).map_err(io::Error::from).at(existing)?;
        if system.f_type != BPF_FS_MAGIC {
            return Err(Error::new(self.pin_root.clone(), Reason::NotBpffs));
        }
        match existing == self.pin_root {
            true => check_directory(existing),
            false => Ok(()),
        }
    }
}

/// The capabilities that this process has.
fn effective() -> Result<CapabilitySet> {
    let sets = capabilities(None).map_err(io::Error::from).at("capget(2)")?;
    Ok(sets.effective)
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
