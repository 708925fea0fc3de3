// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host: where things lie, and whether it can take a package.

mod check;
mod generation;
mod lock;
mod sweep;

use std::path::{Path, PathBuf};

pub(crate) use generation::{Generation, RECORD_FILE, SCHEMA_FILE};
pub use lock::LockedHost;
pub(crate) use sweep::entries;

/// Where a host keeps what concerns bpfsign.
#[derive(Debug, Clone)]
pub struct Host {
    /// The policy file.
    pub policy: PathBuf,
    /// What outlives a reboot.
    pub state_dir: PathBuf,
    /// Pins, on a bpffs.
    pub pin_root: PathBuf,
    /// Schemas and records, gone after a reboot as the pins are.
    pub run_dir: PathBuf,
}

impl Host {
    /// `/etc/bpfsign/policy.toml`.
    pub const POLICY: &str = "/etc/bpfsign/policy.toml";
    /// `/var/lib/bpfsign`.
    pub const STATE_DIR: &str = "/var/lib/bpfsign";
    /// `/sys/fs/bpf/bpfsign`.
    pub const PIN_ROOT: &str = "/sys/fs/bpf/bpfsign";
    /// `/run/bpfsign`.
    pub const RUN_DIR: &str = "/run/bpfsign";

    /// The directory that holds a package's generations and `current`.
    pub(crate) fn package_pins(&self, name: &str) -> PathBuf {
        self.pin_root.join(name)
    }

    /// The pins that are in force for a package.
    pub(crate) fn current(&self, name: &str) -> PathBuf {
        self.package_pins(name).join("current")
    }

    /// The directory name, `gN`, of the generation in force.
    pub(crate) fn generation_in_force(&self, name: &str) -> Option<PathBuf> {
        std::fs::read_link(self.current(name)).ok()
    }

    /// Where the highest sequence of each package is remembered.
    pub(crate) fn sequences(&self) -> PathBuf {
        self.state_dir.join("sequence")
    }

    /// Where a package's schema and record lie.
    pub(crate) fn package_run(&self, name: &str) -> PathBuf {
        self.run_dir.join(name)
    }
}

/// The number N of a directory called `gN`.
pub(crate) fn generation_number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix('g')?.parse().ok()
}
