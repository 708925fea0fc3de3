/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The few base types and constants that libbpf's BPF-side headers expect, so
 * that a program builds with clang alone: no system header, no vmlinux.h.
 * Values are the kernel's user-space ABI (include/uapi/linux/bpf.h).
 */
#ifndef BPFSIGN_TYPES_H
#define BPFSIGN_TYPES_H

#include <bpfsign/features.h>

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

/* Flags of bpf_map_update_elem(). */
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};

/* Flags of bpf_get_stackid(), bpf_perf_event_output() and of ring buffers. */
enum {
	BPF_F_USER_STACK = 1 << 8,
	BPF_F_CURRENT_CPU = 0xffffffff,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
	BPF_RB_AVAIL_DATA = 0,
};

/* Named by helper prototypes that no program here uses. */
struct bpf_fib_lookup;

#endif /* BPFSIGN_TYPES_H */
