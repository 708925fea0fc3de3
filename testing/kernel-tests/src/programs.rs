// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The programs, each against an independent source, and all of them at once.

use std::{fs, path::Path, process::Command};

use bpfsign_guest::{bpfsign, load_modules, run};
use bpfsign_scenarios::{self as scenario, Outcome, PROGRAMS, Rig};
use rustix::mount::{MountFlags, mount};

use crate::context::{Context, load, package, require};

/// A Go program, and a file that becomes a disk.
const GO_PROGRAM: &str = "/bin/gomalloc";
const DISK: &str = "/dev/loop0";
const DISK_BYTES: usize = 64 << 20;

/// Makes what the scenarios need: control groups, slow and lossy queues, a disk.
pub(crate) fn prepare() -> Outcome {
    load_modules(Path::new("/modules")).map_err(|failed| failed.join("\n"))?;
    mount("cgroup2", "/sys/fs/cgroup", "cgroup2", MountFlags::empty(), c"")
        .map_err(|e| format!("cgroup2: {e}"))?;
    fs::write("/tmp/disk", vec![1; DISK_BYTES]).map_err(|e| e.to_string())?;
    run(Command::new("losetup").args([DISK, "/tmp/disk"]))?.ok().map(drop)
}

fn rig() -> Rig {
    Rig {
        bpfsign: "/bin/bpfsign".into(),
        options: Vec::new(),
        workload: "/bin/bpfsign-workload".into(),
        disk_file: DISK.to_owned(),
        network_of: None,
    }
}

/// Loads a package, and holds its numbers to what a scenario knows.
fn agrees(name: &str, scenario: fn(&Rig) -> Outcome) -> Outcome {
    load(name)?;
    scenario(&rig())
}

pub(crate) fn off_cpu(_: &Context) -> Outcome {
    agrees("off-cpu", scenario::off_cpu)
}

pub(crate) fn syscall_count(_: &Context) -> Outcome {
    agrees("syscall-count", scenario::syscall_count)
}

pub(crate) fn cfs_throttle(_: &Context) -> Outcome {
    agrees("cfs-throttle", scenario::cfs_throttle)
}

pub(crate) fn fd_leak(_: &Context) -> Outcome {
    scenario::fd_leak(&rig(), &["load", &package("fd-leak")])
}

pub(crate) fn major_faults(_: &Context) -> Outcome {
    agrees("mem-reclaim", scenario::major_faults)
}

pub(crate) fn direct_reclaim(_: &Context) -> Outcome {
    scenario::direct_reclaim(&rig(), &["load", &package("mem-reclaim")])
}

pub(crate) fn memcg_pressure(_: &Context) -> Outcome {
    scenario::memcg_pressure(&rig(), &["load", &package("memcg-pressure")])
}

pub(crate) fn udp_queue(_: &Context) -> Outcome {
    agrees("tcp-rcvq-drops", scenario::udp_queue)
}

pub(crate) fn tcp_memory(_: &Context) -> Outcome {
    agrees("tcp-rcvq-drops", scenario::tcp_memory)
}

pub(crate) fn tcp_window(_: &Context) -> Outcome {
    agrees("tcp-rcvq-drops", scenario::tcp_window)
}

pub(crate) fn retransmit(_: &Context) -> Outcome {
    agrees("tcp-retransmit", scenario::retransmit)
}

pub(crate) fn retransmit_events(_: &Context) -> Outcome {
    agrees("tcp-retransmit", scenario::retransmit_events)
}

pub(crate) fn lossy_network(_: &Context) -> Outcome {
    agrees("tcp-retransmit", scenario::lossy_network)
}

pub(crate) fn qdisc_drops(_: &Context) -> Outcome {
    agrees("qdisc-drops", scenario::qdisc_drops)
}

pub(crate) fn sockstat(_: &Context) -> Outcome {
    scenario::sockstat(&rig(), &["load", &package("sockstat")])
}

pub(crate) fn go_malloc(_: &Context) -> Outcome {
    bpfsign(&["load", "--binary", GO_PROGRAM, &package("go-malloc")])?.ok()?;
    scenario::go_malloc(&rig(), Path::new(GO_PROGRAM))
}

/// All packages at once, each whole, while something happens.
pub(crate) fn whole_set(_: &Context) -> Outcome {
    for name in PROGRAMS {
        let file = package(name);
        let more: &[&str] = if name == "go-malloc" { &["--binary", GO_PROGRAM] } else { &[] };
        bpfsign(&[&["load", &file], more].concat())?.ok()?;
    }
    scenario::syscall_count(&rig())?;
    scenario::retransmit(&rig())?;
    let status = bpfsign(&["status", "--json"])?.json();
    let packages = status["packages"].as_array().cloned().unwrap_or_default();
    let whole = packages.iter().filter(|p| p["health"]["state"] == "loaded").count();
    require(whole == PROGRAMS.len(), format!("{whole} packages are whole: {status}"))
}
