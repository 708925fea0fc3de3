// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the kernel calls its types of programs and maps, in lower case.

/// A type whose number is newer than these tables.
const UNKNOWN: &str = "unknown";
/// By number (enum bpf_prog_type in include/uapi/linux/bpf.h).
const PROGRAM_TYPES: [&str; 33] = [
    "unspec",
    "socket_filter",
    "kprobe",
    "sched_cls",
    "sched_act",
    "tracepoint",
    "xdp",
    "perf_event",
    "cgroup_skb",
    "cgroup_sock",
    "lwt_in",
    "lwt_out",
    "lwt_xmit",
    "sock_ops",
    "sk_skb",
    "cgroup_device",
    "sk_msg",
    "raw_tracepoint",
    "cgroup_sock_addr",
    "lwt_seg6local",
    "lirc_mode2",
    "sk_reuseport",
    "flow_dissector",
    "cgroup_sysctl",
    "raw_tracepoint_writable",
    "cgroup_sockopt",
    "tracing",
    "struct_ops",
    "ext",
    "lsm",
    "sk_lookup",
    "syscall",
    "netfilter",
];
/// By number (enum bpf_map_type in include/uapi/linux/bpf.h).
const MAP_TYPES: [&str; 34] = [
    "unspec",
    "hash",
    "array",
    "prog_array",
    "perf_event_array",
    "percpu_hash",
    "percpu_array",
    "stack_trace",
    "cgroup_array",
    "lru_hash",
    "lru_percpu_hash",
    "lpm_trie",
    "array_of_maps",
    "hash_of_maps",
    "devmap",
    "sockmap",
    "cpumap",
    "xskmap",
    "sockhash",
    "cgroup_storage",
    "reuseport_sockarray",
    "percpu_cgroup_storage",
    "queue",
    "stack",
    "sk_storage",
    "devmap_hash",
    "struct_ops",
    "ringbuf",
    "inode_storage",
    "task_storage",
    "bloom_filter",
    "user_ringbuf",
    "cgrp_storage",
    "arena",
];

/// The name of the type of programs with this number; `unknown` for one that has none here.
pub fn program_type_name(number: u32) -> &'static str {
    PROGRAM_TYPES.get(number as usize).unwrap_or(&UNKNOWN)
}

/// The name of the type of maps with this number; `unknown` for one that has none here.
pub fn map_type_name(number: u32) -> &'static str {
    known_map_type(number).unwrap_or(UNKNOWN)
}

/// As [`map_type_name`]; `None` for a number that has no name here.
pub(super) fn known_map_type(number: u32) -> Option<&'static str> {
    MAP_TYPES.get(number as usize).copied()
}

#[cfg(all(test, feature = "bpf"))]
mod tests {
    use libbpf_rs::{MapType, ProgramType};

    use super::*;

    #[test]
    fn names_are_at_their_numbers() {
        for (kind, name) in [
            (ProgramType::Unspec, "unspec"),
            (ProgramType::RawTracepoint, "raw_tracepoint"),
            (ProgramType::LwtSeg6local, "lwt_seg6local"),
            (ProgramType::Netfilter, "netfilter"),
            (ProgramType::Unknown, "unknown"),
        ] {
            assert_eq!(program_type_name(kind as u32), name);
        }
        for (kind, name) in [
            (MapType::Hash, "hash"),
            (MapType::ReuseportSockarray, "reuseport_sockarray"),
            (MapType::RingBuf, "ringbuf"),
            (MapType::UserRingBuf, "user_ringbuf"),
        ] {
            assert_eq!(map_type_name(kind as u32), name);
        }
        assert_eq!((PROGRAM_TYPES.len(), MAP_TYPES.len()), (33, 34));
    }
}
