// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a lack of memory costs those who need it: stalls in direct reclaim, and major
 * faults, by control group.
 */
#include "mem-reclaim.h"

/* When each thread began to reclaim, in ns. Freed when it is done. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u32); /* thread id */
	__type(value, u64);
} reclaiming SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64); /* id of the control group */
	__type(value, struct group_times);
} stalls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64); /* id of the control group */
	__type(value, u64);
} major_faults SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DROPS);
	__type(key, u32);
	__type(value, u64);
} drops SEC(".maps");

static __always_inline u64 current_group(void)
{
	return css_id(memory_css((void *)bpf_get_current_task()));
}

/* Of the arguments none is read: they differ between kernels. */
TRACEPOINT("mm_vmscan_direct_reclaim_begin")
int on_begin(void *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 now = bpf_ktime_get_ns();

	if (bpf_map_update_elem(&reclaiming, &tid, &now, BPF_ANY))
		counter_add(&drops, RECLAIMING_FULL, 1);
	return 0;
}

TRACEPOINT("mm_vmscan_direct_reclaim_end")
int on_end(void *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 *since = bpf_map_lookup_elem(&reclaiming, &tid);

	if (!since)
		return 0;
	if (!group_add(&stalls, current_group(), bpf_ktime_get_ns() - *since))
		counter_add(&drops, GROUPS_FULL, 1);
	bpf_map_delete_elem(&reclaiming, &tid);
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
	struct group_times *g = ctx->value;
	u64 *group = ctx->key;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, "bpfsign_mem_reclaim_stall_seconds", "histogram",
		       "Time that tasks of a control group stalled in direct reclaim.");
	if (group && g) {
		GROUP_SAMPLES(seq, "bpfsign_mem_reclaim_stall_seconds", *group, g);
		return 0;
	}
	METRIC(seq, "bpfsign_mem_reclaim_dropped_total", "counter",
	       "What was not counted because a map was full.");
	BPF_SEQ_PRINTF(seq,
		       "bpfsign_mem_reclaim_dropped_total{map=\"reclaiming\"} %llu\n"
		       "bpfsign_mem_reclaim_dropped_total{map=\"groups\"} %llu\n",
		       counter_of(&drops, RECLAIMING_FULL), counter_of(&drops, GROUPS_FULL));
	return 0;
}

SEC("iter/bpf_map_elem")
int metrics_faults(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	u64 *group = ctx->key, *n = ctx->value;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, "bpfsign_mem_major_faults_total", "counter",
		       "Page faults of a control group that had to wait for a disk.");
	if (group && n)
		BPF_SEQ_PRINTF(seq, "bpfsign_mem_major_faults_total{cgroup=\"%llu\"} %llu\n",
			       *group, *n);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
