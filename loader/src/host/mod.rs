// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host: where things lie, and whether it can take a package.

mod check;
#[cfg(feature = "load")]
mod generation;
mod lock;
#[cfg(feature = "load")]
mod locked;
mod order;
#[cfg(feature = "load")]
mod sweep;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

#[cfg(feature = "load")]
pub(crate) use generation::{Generation, RECORD_FILE, SCHEMA_FILE};
#[cfg(feature = "load")]
pub(crate) use lock::take as take_lock;
#[cfg(feature = "load")]
pub use locked::LockedHost;
#[cfg(feature = "load")]
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
    /// The `bpfsign` that is to hold links which this kernel cannot pin; such
    /// links are refused without one.
    pub holder: Option<PathBuf>,
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

    /// Whether this process may change this host, or could.
    pub fn is_ours(&self) -> bool {
        self.check_attach_privilege().is_ok()
    }

    /// Whether everything lies where an installed host has it.
    pub(crate) fn is_installed(&self) -> bool {
        self.policy == Path::new(Self::POLICY)
            && self.state_dir == Path::new(Self::STATE_DIR)
            && self.pin_root == Path::new(Self::PIN_ROOT)
            && self.run_dir == Path::new(Self::RUN_DIR)
    }

    /// The options of the command line that mean this host.
    pub(crate) fn arguments(&self) -> [&OsStr; 8] {
        [
            "--policy".as_ref(),
            self.policy.as_os_str(),
            "--state-dir".as_ref(),
            self.state_dir.as_os_str(),
            "--pin-root".as_ref(),
            self.pin_root.as_os_str(),
            "--run-dir".as_ref(),
            self.run_dir.as_os_str(),
        ]
    }

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

    /// Where the highest sequence of each package that was pulled or fetched is remembered.
    pub(crate) fn received(&self) -> PathBuf {
        self.state_dir.join("received")
    }

    /// Where the highest sequence of each index that was accepted is remembered.
    pub(crate) fn indices(&self) -> PathBuf {
        self.state_dir.join("index")
    }

    /// Where the newest time that was ever accepted is remembered.
    pub(crate) fn clock(&self) -> PathBuf {
        self.state_dir.join("clock")
    }

    /// Where the trust updates that were applied are remembered.
    pub(crate) fn trust_state(&self) -> PathBuf {
        self.state_dir.join("trust.json")
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
