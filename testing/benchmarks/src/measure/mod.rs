// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The measurements, one file each.

mod build;
mod cost;
mod crowd;
mod dump;
mod events;
mod in_process;
mod kernel_time;
mod load;
mod package_btf;
mod pull;
mod release;
mod size;
mod tests;
mod verify;

use crate::{Result, place::Place, report::Report};

/// Something that is measured.
pub struct Measurement {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// Whether it takes more than some minutes.
    pub slow: bool,
    /// Measures, and adds the figures.
    pub run: fn(&Place, &mut Report) -> Result<()>,
}

const fn quick(
    name: &'static str,
    about: &'static str,
    run: fn(&Place, &mut Report) -> Result<()>,
) -> Measurement {
    Measurement { name, about, slow: false, run }
}

/// All of them, in the order of the table.
pub const MEASUREMENTS: &[Measurement] = &[
    quick("size", "the host's binary and the crates in it", size::measure),
    quick("verify", "verify beside openssl, time and memory", verify::measure),
    quick("in-process", "signatures and packages verified by the library", in_process::measure),
    quick("load", "load beside bpftool, time and memory", load::measure),
    quick("kernel-time", "load beside its own time in the kernel", kernel_time::measure),
    quick("crowd", "load with many other packages in force", crowd::measure),
    quick("package-btf", "BTF out of the package beside the kernel's", package_btf::measure),
    quick("dump", "a map of a million entries beside bpftool", dump::measure),
    quick("pull", "a pull from a registry beside skopeo", pull::measure),
    quick("release", "signing and indexing a thousand packages", release::measure),
    quick("cost", "each program for each event, beside Debian's tools", cost::measure),
    quick("events", "events through the holder, to one and eight readers", events::measure),
    quick("build", "cargo build after a change of the loader", build::measure),
    Measurement {
        name: "tests",
        about: "cargo test and make test, as a whole",
        slow: true,
        run: tests::measure,
    },
];
