// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The programs, who answers the same question, and what they are made to see.

use super::workloads::Workloads;
use crate::Result;

/// A program and its rival.
pub(super) struct Case {
    /// Ours.
    pub(super) package: &'static str,
    /// A command that traces until it is interrupted; empty where nothing of Debian's runs.
    /// `GO-PROGRAM` stands for the file of the Go program.
    pub(super) rival: &'static [&'static str],
    /// Makes what both count happen.
    pub(super) workload: fn(&Workloads) -> Result<()>,
}

/// Some hook functions, where the kernel lets them; their censuses cost nothing between
/// readings.
pub(super) const CASES: [Case; 12] = [
    Case {
        package: "sched-latency",
        rival: &["runqlat", "-P"],
        workload: |w| w.on_one_cpu(&["ping-pong", "50000"]),
    },
    Case {
        package: "off-cpu",
        rival: &["offcputime"],
        workload: |w| w.on_one_cpu(&["ping-pong", "50000"]),
    },
    Case {
        package: "syscall-count",
        rival: &["syscount"],
        workload: |w| w.repeat(1, &["calls", "500000"]),
    },
    Case {
        package: "sockstat",
        rival: &["tcpstates"],
        workload: |w| w.repeat(20, &["sockets", "20", "20"]),
    },
    Case {
        package: "tcp-retransmit",
        rival: &[
            "bpftrace",
            "-e",
            "tracepoint:tcp:tcp_retransmit_skb {
                @[args->family, ntop(args->daddr_v6), args->dport] = count(); }",
        ],
        workload: |w| w.repeat(10, &["tcp-lost", "3"]),
    },
    Case {
        package: "tcp-rcvq-drops",
        rival: &[
            "bpftrace",
            "-e",
            "tracepoint:udp:udp_fail_queue_rcv_skb { @u[cgroup] = count(); }
             tracepoint:skb:kfree_skb { @t[args->reason] = count(); }",
        ],
        workload: |w| w.repeat(20, &["udp-queue", "1000"]),
    },
    Case {
        package: "qdisc-drops",
        rival: &["bpftrace", "-e", "tracepoint:skb:kfree_skb { @[args->reason] = count(); }"],
        workload: |w| w.repeat(20, &["qdisc", "1000"]),
    },
    Case {
        package: "mem-reclaim",
        rival: &["bpftrace", "-e", "software:major-faults:1 { @[cgroup] = count(); }"],
        workload: |w| w.repeat(10, &["major-faults", &w.pages(), "1000"]),
    },
    Case {
        package: "memcg-pressure",
        rival: &[
            "bpftrace",
            "-e",
            "tracepoint:vmscan:mm_vmscan_memcg_reclaim_begin { @s[tid] = nsecs; }
             tracepoint:vmscan:mm_vmscan_memcg_reclaim_end /@s[tid]/ {
                @[cgroup] = hist((nsecs - @s[tid]) / 1000); delete(@s[tid]); }",
        ],
        workload: Workloads::read_with_little_memory,
    },
    Case {
        package: "go-malloc",
        rival: &[
            "bpftrace",
            "-e",
            "uprobe:GO-PROGRAM:runtime.mallocgc {
                @[pid, ustack(32)] = count(); @b[pid] = hist(reg(\"ax\")); }",
        ],
        workload: Workloads::allocate_in_go,
    },
    Case {
        package: "cfs-throttle",
        rival: &[
            "bpftrace",
            "-e",
            "kprobe:throttle_cfs_rq { @s[arg0] = nsecs; }
             kprobe:unthrottle_cfs_rq /@s[arg0]/ { @ = hist(nsecs - @s[arg0]); delete(@s[arg0]); }",
        ],
        workload: Workloads::burn_with_little_cpu,
    },
    Case {
        package: "fd-leak",
        rival: &[
            "bpftrace",
            "-e",
            "kprobe:fd_install { @o[pid] = count(); } kprobe:close_fd { @c[pid] = count(); }",
        ],
        workload: |w| w.repeat(20, &["descriptors", "1000", "1000"]),
    },
];
