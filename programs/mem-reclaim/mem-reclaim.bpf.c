// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a lack of memory costs those who need it: stalls in direct reclaim, and major
 * faults, by control group.
 */
#include "mem-reclaim.h"

#include <program/metrics.h>

BY_GROUP(major_faults, u64);

static __always_inline u64 current_group(void)
{
	return css_id(memory_css((void *)bpf_get_current_task()));
}

/* Of the arguments none is read: they differ between kernels. */
TRACEPOINT("mm_vmscan_direct_reclaim_begin")
int on_begin(void *ctx)
{
	return stall_begins();
}

TRACEPOINT("mm_vmscan_direct_reclaim_end")
int on_end(void *ctx)
{
	u64 now = bpf_ktime_get_ns();

	stall_ends(current_group(), now);
	return 0;
}

SEC("perf_event")
int on_major_fault(void *ctx)
{
	u64 group = current_group(), zero = 0, *n;

	n = entry_of(&major_faults, &group, &zero);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		counter_add(&drops, GROUPS_FULL, 1);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
/* Prometheus text, one histogram for each group, then the drop counters. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;

	if (!GROUP_TEXT(ctx, BPFSIGN_MEM_RECLAIM_STALL_SECONDS))
		return 0;
	METRIC(seq, BPFSIGN_MEM_RECLAIM_DROPPED_TOTAL);
	DROPPED(seq, BPFSIGN_MEM_RECLAIM_DROPPED_TOTAL, "reclaiming", RECLAIMING_FULL);
	DROPPED(seq, BPFSIGN_MEM_RECLAIM_DROPPED_TOTAL, "groups", GROUPS_FULL);
	return 0;
}

SEC("iter/bpf_map_elem")
int metrics_faults(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	u64 *group = ctx->key, *n = ctx->value;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_MEM_MAJOR_FAULTS_TOTAL);
	if (group && n)
		BPF_SEQ_PRINTF(seq, BPFSIGN_MEM_MAJOR_FAULTS_TOTAL "{cgroup=\"%llu\"} %llu\n",
			       *group, *n);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
