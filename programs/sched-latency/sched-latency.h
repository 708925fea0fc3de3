/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SCHED_LATENCY_H
#define SCHED_LATENCY_H

#include <bpfsign/histogram.h>
#include <bpfsign/kernel.h>

/* How long the threads of one process waited for a CPU. */
struct latency {
	u64 exec_id;	       /* of the process, to notice a new name */
	u64 count;	       /* waits */
	u64 sum_ns;	       /* time waited in all */
	u64 slots[HIST_SLOTS]; /* waits by log2 of microseconds */
	char comm[TASK_COMM_LEN];
};

/* Events that could not be counted. */
struct drops {
	u64 waiting_full; /* the `waiting` map had no room for a thread */
	u64 latency_full; /* the `latency` map had no room for a process */
};

#endif /* SCHED_LATENCY_H */
