// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Run-queue latency: the time from when a thread becomes runnable (woken, or
 * put off the CPU while it could still run) to when it gets a CPU, as one log2
 * histogram for each process.
 */
#include "sched-latency.h"

#include <program/metrics.h>

SINCE(waiting, 16384);

PROCESS_TIMES(latency);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct drops);
} drops SEC(".maps");

static __always_inline struct drops *drop_counters(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&drops, &zero);
}

static __always_inline void start_wait(struct task_struct *task, u64 now)
{
	u32 tid = READ(task, pid);
	struct drops *d;

	/* The idle task does not wait. */
	if (!tid)
		return;
	if (bpf_map_update_elem(&waiting, &tid, &now, BPF_ANY)) {
		d = drop_counters();
		if (d)
			__sync_fetch_and_add(&d->waiting_full, 1);
	}
}

static __always_inline void end_wait(struct task_struct *task, u64 now)
{
	u32 tid = READ(task, pid);
	struct drops *d;
	u64 *since, ns;

	since = bpf_map_lookup_elem(&waiting, &tid);
	if (!since)
		return;
	ns = elapsed(*since, now);
	bpf_map_delete_elem(&waiting, &tid);
	if (process_add(&latency, task, ns))
		return;
	d = drop_counters();
	if (d)
		__sync_fetch_and_add(&d->latency_full, 1);
}

TRACEPOINT("sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *task)
{
	start_wait(task, bpf_ktime_get_ns());
	return 0;
}

TRACEPOINT("sched_wakeup_new")
int BPF_PROG(on_wakeup_new, struct task_struct *task)
{
	u32 tid = READ(task, pid), tgid = READ(task, tgid);

	/* A new process: whatever had its number before is gone. */
	if (tid == tgid)
		bpf_map_delete_elem(&latency, &tgid);
	start_wait(task, bpf_ktime_get_ns());
	return 0;
}

TRACEPOINT("sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u64 now = bpf_ktime_get_ns();
	unsigned int state = task_state(prev);
	u32 tid = READ(prev, pid);

	if (preempt || state == TASK_RUNNING)
		start_wait(prev, now);
	else if (state & TASK_DEAD)
		/* Woken while it still ran, and now gone: nothing will free it. */
		bpf_map_delete_elem(&waiting, &tid);
	end_wait(next, now);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
static __always_inline void print_drops(struct seq_file *seq)
{
	struct drops *d = drop_counters();

	if (!d)
		return;
	METRIC(seq, BPFSIGN_SCHED_LATENCY_DROPPED_TOTAL);
	BPF_SEQ_PRINTF(seq, BPFSIGN_SCHED_LATENCY_DROPPED_TOTAL "{map=\"waiting\"} %llu\n",
		       d->waiting_full);
	BPF_SEQ_PRINTF(seq, BPFSIGN_SCHED_LATENCY_DROPPED_TOTAL "{map=\"latency\"} %llu\n",
		       d->latency_full);
}

/* Prometheus text, one histogram for each process, then the drop counters. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct process_times *l = ctx->value;
	u32 *tgid = ctx->key;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_SCHED_LATENCY_SECONDS);
	/* The last call has no element. */
	if (tgid && l)
		PROCESS_SAMPLES(seq, BPFSIGN_SCHED_LATENCY_SECONDS, *tgid, l);
	else
		print_drops(seq);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
