// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Memory of control groups against their limits: how much they use, how often a
 * charge met a limit, and how long tasks stalled to get below it.
 *
 * Charging itself is far too hot a path to hook. What the kernel counts there is read
 * where a limit is met (reclaim for a group) and when somebody reads the metrics.
 */
#include "memcg-pressure.h"

#include <program/metrics.h>

#define PAGE_SIZE 4096

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	__s64 counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

struct page_counter {
	atomic_long_t usage;
	unsigned long max;
	unsigned long failcnt;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	atomic_long_t memory_events[1];
};

#pragma clang attribute pop

enum memcg_memory_event {
	MEMCG_MAX,
};

BY_GROUP(memory, struct memory);

/* Reads what the kernel counts for a group into the map. */
static __always_inline void take_census(struct cgroup_subsys_state *css, u64 group,
					struct memory *m)
{
	struct mem_cgroup *memcg = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);
	void *events = (void *)memcg + bpf_core_field_offset(struct mem_cgroup, memory_events);
	u32 max = bpf_core_enum_value(enum memcg_memory_event, MEMCG_MAX);

	m->usage_bytes = BPF_CORE_READ(memcg, memory.usage.counter) * PAGE_SIZE;
	m->limit_bytes = BPF_CORE_READ(memcg, memory.max) * PAGE_SIZE;
	m->failures = BPF_CORE_READ(memcg, memory.failcnt);
	bpf_probe_read_kernel(&m->max_events, sizeof(m->max_events), events + max * sizeof(u64));
	m->census_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&memory, &group, m, BPF_ANY))
		counter_add(&drops, GROUPS_FULL, 1);
}

/* Of the arguments none is read: they differ between kernels. */
TRACEPOINT("mm_vmscan_memcg_reclaim_begin")
int on_begin(void *ctx)
{
	return stall_begins();
}

TRACEPOINT("mm_vmscan_memcg_reclaim_end")
int on_end(void *ctx)
{
	/* First, so that what follows is no part of the stall. */
	u64 now = bpf_ktime_get_ns();
	struct cgroup_subsys_state *css = memory_css((void *)bpf_get_current_task());
	u64 group = css_id(css);
	struct memory m = {};

	if (stall_ends(group, now))
		take_census(css, group, &m);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
#define UNLIMITED 9223372036854771712ULL

SHOWN(shown);

/* The groups of a process, from its own up; the root of all has no limit. */
SEC("iter/task")
int metrics(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct cgroup_subsys_state *css, *this;
	struct memory m;
	u64 group;

	if (ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_MEMCG_MEMORY_BYTES);
	if (!task || task->pid != task->tgid)
		return 0;
	css = memory_css(task);
	for (int i = 0; i < CGROUP_LEVELS && css; i++) {
		this = next_group(&shown, ctx->meta->session_id, task->pid, &css, &group);
		if (!this)
			return 0;
		take_census(this, group, &m);
		BPF_SEQ_PRINTF(seq,
			       BPFSIGN_MEMCG_MEMORY_BYTES "{cgroup=\"%llu\",kind=\"usage\"} %llu\n",
			       group, m.usage_bytes);
		if (m.limit_bytes < UNLIMITED)
			BPF_SEQ_PRINTF(seq,
				       BPFSIGN_MEMCG_MEMORY_BYTES
				       "{cgroup=\"%llu\",kind=\"limit\"} %llu\n",
				       group, m.limit_bytes);
	}
	return 0;
}

/* How often a charge met the limit; as fresh as the text above. */
SEC("iter/bpf_map_elem")
int metrics_failures(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct memory *m = ctx->value;
	u64 *group = ctx->key;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_MEMCG_CHARGE_FAILURES_TOTAL);
	if (group && m)
		BPF_SEQ_PRINTF(seq, BPFSIGN_MEMCG_CHARGE_FAILURES_TOTAL "{cgroup=\"%llu\"} %llu\n",
			       *group, m->failures);
	return 0;
}

/* One histogram for each group, then the drop counters. */
SEC("iter/bpf_map_elem")
int metrics_stalls(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;

	if (!GROUP_TEXT(ctx, BPFSIGN_MEMCG_STALL_SECONDS))
		return 0;
	METRIC(seq, BPFSIGN_MEMCG_DROPPED_TOTAL);
	DROPPED(seq, BPFSIGN_MEMCG_DROPPED_TOTAL, "reclaiming", RECLAIMING_FULL);
	DROPPED(seq, BPFSIGN_MEMCG_DROPPED_TOTAL, "groups", GROUPS_FULL);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
