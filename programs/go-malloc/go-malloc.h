/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef GO_MALLOC_H
#define GO_MALLOC_H

#include <bpfsign/histogram.h>
#include <bpfsign/kernel.h>

/* Frames of a stack. */
#define FRAMES 32

/* Who allocates: a process, and where in it. */
struct site {
	u32 pid;
	__s32 stack; /* key in the map `stacks`; negative: no stack was kept */
};

struct allocations {
	u64 count;
	u64 bytes;
};

struct sizes {
	u64 count;
	u64 bytes;
	u64 slots[HIST_SLOTS]; /* allocations by log2 of bytes */
	char comm[TASK_COMM_LEN];
};

/* Counters in the map `drops`: what could not be counted. */
enum drop {
	SITES_FULL,  /* the `sites` map had no room; it is LRU, so this stays 0 */
	STACKS_FULL, /* a stack was not kept: the `stacks` map had none left for it */
	DROPS,
};

#endif /* GO_MALLOC_H */
