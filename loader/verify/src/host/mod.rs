// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host: where things lie, and whether it can take a package.

mod check;
mod lock;
mod locked;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

pub use check::check_directory;
pub use lock::{Wait, take_lock};
pub use locked::LockedHost;

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
    /// How long to wait while another bpfsign changes this host.
    pub wait: Wait,
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
    pub fn is_installed(&self) -> bool {
        self.policy == Path::new(Self::POLICY)
            && self.state_dir == Path::new(Self::STATE_DIR)
            && self.pin_root == Path::new(Self::PIN_ROOT)
            && self.run_dir == Path::new(Self::RUN_DIR)
    }

    /// The options of the command line that mean this host.
    pub fn arguments(&self) -> [&OsStr; 8] {
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
    pub fn package_pins(&self, name: &str) -> PathBuf {
        self.pin_root.join(name)
    }

    /// The pins that are in force for a package.
    pub fn current(&self, name: &str) -> PathBuf {
        self.package_pins(name).join("current")
    }

    /// The directory name, `gN`, of the generation in force.
    pub fn generation_in_force(&self, name: &str) -> Option<PathBuf> {
        std::fs::read_link(self.current(name)).ok()
    }

    /// Where the highest sequence of each package is remembered.
    pub fn sequences(&self) -> PathBuf {
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

    /// Where the trust updates that were applied are kept.
    pub(crate) fn trust_updates(&self) -> PathBuf {
        self.state_dir.join("trust")
    }

    /// Where a package's schema and record lie.
    pub fn package_run(&self, name: &str) -> PathBuf {
        self.run_dir.join(name)
    }
}

/// The number N of a directory called `gN`.
pub fn generation_number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix('g')?.parse().ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A host below a directory, which need not exist.
    pub(crate) fn host_in(directory: &Path) -> Host {
        let at = |name: &str| directory.join(name);
        Host {
            policy: at("policy.toml"),
            state_dir: at("state"),
            pin_root: at("bpf"),
            run_dir: at("run"),
            holder: None,
            wait: Wait::NONE,
        }
    }
}
