/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SCHED_LATENCY_H
#define SCHED_LATENCY_H

#include <bpfsign/process.h>

/* Events that could not be counted. */
struct drops {
	u64 waiting_full; /* the `waiting` map had no room for a thread */
	u64 latency_full; /* the `latency` map had no room for a process */
};

#endif /* SCHED_LATENCY_H */
