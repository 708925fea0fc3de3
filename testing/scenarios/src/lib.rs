// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The programs against independent sources, on whatever kernel runs: each scenario
//! makes a condition happen by a known amount, and compares.
#![forbid(unsafe_code)]

mod cpu;
mod files;
mod group;
mod memory;
mod network;
mod outcome;
mod rig;
mod trace;

pub use cpu::{cfs_throttle, off_cpu, syscall_count};
pub use files::{fd_leak, go_malloc};
pub use group::Group;
pub use memory::{direct_reclaim, major_faults, memcg_pressure};
pub use network::{
    lossy_network, qdisc_drops, retransmit, retransmit_events, sockstat, tcp_memory, tcp_window,
    udp_queue,
};
pub use outcome::Outcome;
pub use rig::Rig;

/// The packages of `programs/`.
pub const PROGRAMS: [&str; 12] = [
    "cfs-throttle",
    "fd-leak",
    "go-malloc",
    "mem-reclaim",
    "memcg-pressure",
    "off-cpu",
    "qdisc-drops",
    "sched-latency",
    "sockstat",
    "syscall-count",
    "tcp-rcvq-drops",
    "tcp-retransmit",
];
