// SPDX-License-Identifier: Apache-2.0 OR MIT
//! BTF of this very kernel in the package, beside the kernel's own: with the variant for old
//! kernels, which attaches to raw tracepoints only.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use libbpf_rs::ObjectBuilder;

use crate::{
    Result,
    command::{command, output},
    figure::{Figure, Unit},
    place::{PROGRAM, Place, text},
    report::Report,
    timing::{pair, timed},
};

const TARGET: &str = "kylin-v10-4.19";
const KERNEL_BTF: &str = "/sys/kernel/btf/vmlinux";
/// The build of no kernel.
const OTHER_BUILD: &str = "0123456789abcdef0123456789abcdef01234567";

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let this_build = ["--notes", "/sys/kernel/notes"];
    let program = place.program_dir(PROGRAM);
    let exact = package(place, &program, "exact", &this_build)?;
    // BTF of another build is not used.
    let other = package(place, &program, "other", &["--build-id", OTHER_BUILD])?;
    let object = place.unpacked(&exact, "exact")?.join(format!("objects/{TARGET}.bpf.o"));
    let load = |file: &Path| place.loading(file);
    let (mut ours, mut by_kernel) = (load(&exact), load(&other));
    let mut bpftool = place.loading_by_bpftool(&object);
    let after_cleaning = |command: &mut std::process::Command| {
        place.free(PROGRAM);
        timed(command)
    };
    let (with_package, with_kernel) =
        pair(place.runs, || after_cleaning(&mut ours), || after_cleaning(&mut by_kernel))?;
    report.add(
        Figure::new("load with the package's BTF", Unit::Milliseconds, with_package)
            .beside("load with the kernel's BTF", with_kernel),
    )?;
    let matrix = package(place, &place.test_program_dir("matrix"), "matrix", &this_build)?;
    by_libbpf_alone(place, &place.unpacked(&matrix, "matrix")?, report)?;
    let (with_package, by_bpftool) =
        pair(place.runs, || after_cleaning(&mut ours), || after_cleaning(&mut bpftool))?;
    report.add(
        Figure::new("the same, beside bpftool", Unit::Milliseconds, with_package)
            .beside("bpftool prog loadall", by_bpftool),
    )
}

/// A package for old kernels with the running kernel's BTF, as that of some build.
fn package(place: &Place, program: &Path, name: &str, build: &[&str]) -> Result<PathBuf> {
    let targets = text(&place.path(&format!("targets-{name}")));
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let mut add = command(&place.tools.author, ["target", "add-btf", TARGET, KERNEL_BTF]);
    add.args(["--release", release.trim(), "--targets", &targets]).args(build);
    output(add)?;
    place.package(program, name, &["--target", TARGET, "--targets", &targets])
}

/// How long libbpf alone takes to open and load small programs, with BTF from a file and with
/// the kernel's own. Nothing is attached or pinned.
fn by_libbpf_alone(place: &Place, unpacked: &Path, report: &mut Report) -> Result<()> {
    libbpf_rs::set_print(None);
    let object = unpacked.join(format!("objects/{TARGET}.bpf.o"));
    let btf = fs::read_dir(unpacked.join("btf"))?.next().ok_or("no BTF in the package")??.path();
    let load = |btf: Option<&Path>| -> Result<Duration> {
        let start = Instant::now();
        let mut builder = ObjectBuilder::default();
        if let Some(btf) = btf {
            builder.btf_custom_path(btf)?;
        }
        let loaded = builder.open_file(&object)?.load()?;
        let took = start.elapsed();
        drop(loaded);
        Ok(took)
    };
    let (from_file, from_kernel) = pair(place.runs, || load(Some(&btf)), || load(None))?;
    report.add(
        Figure::new("small programs, libbpf alone, BTF from a file", Unit::Milliseconds, from_file)
            .beside("with the kernel's BTF", from_kernel),
    )
}
