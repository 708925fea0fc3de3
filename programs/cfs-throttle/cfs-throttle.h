/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef CFS_THROTTLE_H
#define CFS_THROTTLE_H

#include <bpfsign/group.h>

/* What the kernel counts for one control group, as in its cpu.stat. */
struct bandwidth {
	u64 periods;	  /* in which its tasks ran */
	u64 throttled;	  /* periods in which they were throttled */
	u64 throttled_ns; /* for how long, over all CPUs */
	u64 census_ns;	  /* when these were read, since boot */
};

/* What a reader of `events` gets: the end of one throttling on one CPU. */
struct throttle_event {
	u64 time_ns; /* since boot */
	u64 cgroup;
	u64 throttled_ns;
};

/* Counters in the map `drops`: what could not be counted or told. */
enum drop {
	THROTTLED_FULL, /* the `throttled` map had no room for a run queue */
	GROUPS_FULL,	/* a map of groups had no room; they are LRU, so this stays 0 */
	EVENTS_LOST,	/* the `events` buffer was full */
	DROPS,
};

#endif /* CFS_THROTTLE_H */
