/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stalls of tasks, from one event of a thread to another, by control group. */
#ifndef BPFSIGN_STALL_H
#define BPFSIGN_STALL_H

#include <bpfsign/group.h>

SINCE(reclaiming, 16384);
BY_GROUP(stalls, struct group_times);

/* Counters in the map `drops`: what could not be counted. */
enum drop {
	RECLAIMING_FULL, /* the `reclaiming` map had no room for a thread */
	GROUPS_FULL,	 /* a map of groups had no room; they are LRU, so this stays 0 */
	DROPS,
};

COUNTERS(drops, DROPS);

/* The thread that runs begins to stall. */
static __always_inline int stall_begins(void)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 now = bpf_ktime_get_ns();

	if (bpf_map_update_elem(&reclaiming, &tid, &now, BPF_ANY))
		counter_add(&drops, RECLAIMING_FULL, 1);
	return 0;
}

/* The thread that runs, of @group, no longer stalls since @now; false if it did not. */
static __always_inline bool stall_ends(u64 group, u64 now)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 *since = bpf_map_lookup_elem(&reclaiming, &tid);

	if (!since)
		return false;
	if (!group_add(&stalls, group, elapsed(*since, now)))
		counter_add(&drops, GROUPS_FULL, 1);
	bpf_map_delete_elem(&reclaiming, &tid);
	return true;
}

#endif /* BPFSIGN_STALL_H */
