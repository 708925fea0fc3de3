// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * CPU time that control groups lose to their bandwidth limits: what the kernel counts
 * itself, and where its functions can be hooked how long each throttling took.
 */
#include "cfs-throttle.h"

#include <bpfsign/events.h>
#include <program/metrics.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct cfs_bandwidth {
	int nr_periods;
	int nr_throttled;
	u64 throttled_time;
};

struct task_group {
	struct cgroup_subsys_state css;
	struct cfs_bandwidth cfs_bandwidth;
};

struct cfs_rq {
	struct task_group *tg;
};

#pragma clang attribute pop

BY_GROUP(bandwidth, struct bandwidth);

BY_GROUP(throttlings, struct group_times);

/* When each run queue was throttled, in ns. Freed when it no longer is. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64); /* address of the run queue */
	__type(value, u64);
} throttled SEC(".maps");

EVENTS(struct throttle_event);

COUNTERS(drops, DROPS);

/* Reads what the kernel counts for a group into the map. */
static __always_inline void take_census(struct task_group *tg, u64 group, struct bandwidth *b)
{
	b->periods = BPF_CORE_READ(tg, cfs_bandwidth.nr_periods);
	b->throttled = BPF_CORE_READ(tg, cfs_bandwidth.nr_throttled);
	b->throttled_ns = BPF_CORE_READ(tg, cfs_bandwidth.throttled_time);
	b->census_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&bandwidth, &group, b, BPF_ANY))
		counter_add(&drops, GROUPS_FULL, 1);
}

static __always_inline struct cgroup_subsys_state *css_of(struct task_group *tg)
{
	return (void *)tg + bpf_core_field_offset(struct task_group, css);
}

FUNCTION("throttle_cfs_rq")
int BPF_ENTRY(on_throttle, struct cfs_rq *rq)
{
	u64 key = (u64)rq, now = bpf_ktime_get_ns();

	if (bpf_map_update_elem(&throttled, &key, &now, BPF_ANY))
		counter_add(&drops, THROTTLED_FULL, 1);
	return 0;
}

FUNCTION("unthrottle_cfs_rq")
int BPF_ENTRY(on_unthrottle, struct cfs_rq *rq)
{
	struct task_group *tg = BPF_CORE_READ(rq, tg);
	struct throttle_event event = {};
	u64 key = (u64)rq, *since;
	struct bandwidth b = {};

	since = bpf_map_lookup_elem(&throttled, &key);
	if (!since)
		return 0;
	event.time_ns = bpf_ktime_get_ns();
	event.throttled_ns = elapsed(*since, event.time_ns);
	event.cgroup = css_id(css_of(tg));
	bpf_map_delete_elem(&throttled, &key);
	if (!group_add(&throttlings, event.cgroup, event.throttled_ns))
		counter_add(&drops, GROUPS_FULL, 1);
	take_census(tg, event.cgroup, &b);
	if (send_event(ctx, &event))
		counter_add(&drops, EVENTS_LOST, 1);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
SHOWN(shown);

/* The groups of a process, from its own up; the root of all has no limit. */
SEC("iter/task")
int metrics(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct cgroup_subsys_state *css, *this;
	struct bandwidth b;
	u64 group;

	if (ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_CFS_THROTTLED_SECONDS);
	if (!task || task->pid != task->tgid)
		return 0;
	css = css_of(BPF_CORE_READ(task, sched_task_group));
	for (int i = 0; i < CGROUP_LEVELS && css; i++) {
		this = next_group(&shown, ctx->meta->session_id, task->pid, &css, &group);
		if (!this)
			return 0;
		take_census((void *)this - bpf_core_field_offset(struct task_group, css), group,
			    &b);
		BPF_SEQ_PRINTF(seq,
			       BPFSIGN_CFS_THROTTLED_SECONDS
			       "_sum{cgroup=\"%llu\"} %llu.%09llu\n" BPFSIGN_CFS_THROTTLED_SECONDS
			       "_count{cgroup=\"%llu\"} %llu\n",
			       group, b.throttled_ns / NSEC_PER_SEC, b.throttled_ns % NSEC_PER_SEC,
			       group, b.throttled);
	}
	return 0;
}

/* One histogram for each group, then the drop counters. */
SEC("iter/bpf_map_elem")
int metrics_throttlings(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;

	if (!GROUP_TEXT(ctx, BPFSIGN_CFS_THROTTLING_SECONDS))
		return 0;
	METRIC(seq, BPFSIGN_CFS_DROPPED_TOTAL);
	DROPPED(seq, BPFSIGN_CFS_DROPPED_TOTAL, "throttled", THROTTLED_FULL);
	DROPPED(seq, BPFSIGN_CFS_DROPPED_TOTAL, "groups", GROUPS_FULL);
	DROPPED(seq, BPFSIGN_CFS_DROPPED_TOTAL, "events", EVENTS_LOST);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
