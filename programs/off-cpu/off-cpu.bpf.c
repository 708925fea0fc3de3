// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Off-CPU time: from when a thread gives up the CPU because it has to wait for
 * something, to when it runs again, as one log2 histogram for each process.
 */
#include "off-cpu.h"

#include <bpfsign/counter.h>
#include <program/metrics.h>

SINCE(sleeping, 32768);

PROCESS_TIMES(off_cpu);

COUNTERS(drops, DROPS);

static __always_inline void wakes(struct task_struct *task, u64 now)
{
	u32 tid = READ(task, pid);
	u64 *since, ns;

	since = bpf_map_lookup_elem(&sleeping, &tid);
	if (!since)
		return;
	ns = elapsed(*since, now);
	bpf_map_delete_elem(&sleeping, &tid);
	if (!process_add(&off_cpu, task, ns))
		counter_add(&drops, OFF_CPU_FULL, 1);
}

TRACEPOINT("sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u64 now = bpf_ktime_get_ns();
	unsigned int state = task_state(prev);
	u32 tid = READ(prev, pid);

	/* Preempted, it waits for a CPU; dead, it never comes back; 0 is the idle task. */
	if (!preempt && state != TASK_RUNNING && !(state & TASK_DEAD) && tid)
		if (bpf_map_update_elem(&sleeping, &tid, &now, BPF_ANY))
			counter_add(&drops, SLEEPING_FULL, 1);
	wakes(next, now);
	return 0;
}

TRACEPOINT("sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 tid = READ(child, pid), tgid = READ(child, tgid);

	/* A new process: whatever had its number before is gone. */
	bpf_map_delete_elem(&sleeping, &tid);
	if (tid == tgid)
		bpf_map_delete_elem(&off_cpu, &tgid);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
/* Prometheus text, one histogram for each process, then the drop counters. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct process_times *p = ctx->value;
	u32 *tgid = ctx->key;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_OFF_CPU_SECONDS);
	/* The last call has no element. */
	if (tgid && p) {
		PROCESS_SAMPLES(seq, BPFSIGN_OFF_CPU_SECONDS, *tgid, p);
		return 0;
	}
	METRIC(seq, BPFSIGN_OFF_CPU_DROPPED_TOTAL);
	DROPPED(seq, BPFSIGN_OFF_CPU_DROPPED_TOTAL, "sleeping", SLEEPING_FULL);
	DROPPED(seq, BPFSIGN_OFF_CPU_DROPPED_TOTAL, "off_cpu", OFF_CPU_FULL);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
