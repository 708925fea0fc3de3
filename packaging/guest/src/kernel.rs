// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The kernel that was booted.

use std::fs;

use libbpf_rs::query::ProgInfoIter;

/// A kernel and its processor.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// As `uname -r` prints it.
    pub release: String,
    /// Of the processor: `HygonGenuine`.
    pub vendor: String,
    /// Of the processor: `Hygon Dhyana Processor`.
    pub model: String,
    /// What the boot loader said.
    pub command_line: String,
}

impl Kernel {
    /// The one that runs.
    pub fn running() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo");
        let field = |name: &str| {
            let line = processor.lines().find(|l| l.starts_with(name));
            line.and_then(|l| l.split_once(": ")).map_or("", |(_, value)| value).trim().to_owned()
        };
        Self {
            release: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            vendor: field("vendor_id"),
            model: field("model name"),
            command_line: read("/proc/cmdline").trim().to_owned(),
        }
    }

    /// Major and minor version; only tests look at them.
    pub fn version(&self) -> (u32, u32) {
        let mut numbers = self.release.split('.').map(|n| n.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }
}

/// The names of all BPF programs that are loaded, in order.
pub fn programs_in_kernel() -> Vec<String> {
    let mut names: Vec<_> =
        ProgInfoIter::default().map(|p| p.name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
