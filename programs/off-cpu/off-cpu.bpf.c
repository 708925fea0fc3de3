// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Off-CPU time: from when a thread gives up the CPU because it has to wait for
 * something, to when it runs again, as one log2 histogram for each process.
 */
#include "off-cpu.h"

#include <bpfsign/counter.h>

/* When each thread that sleeps gave up the CPU, in ns. Freed when it runs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, u32); /* thread id */
	__type(value, u64);
} sleeping SEC(".maps");

/* Least recently used, so that dead processes make room for living ones. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 10240);
	__type(key, u32); /* process id (tgid) */
	__type(value, struct process_times);
} off_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DROPS);
	__type(key, u32);
	__type(value, u64);
} drops SEC(".maps");

static __always_inline void wakes(struct task_struct *task, u64 now)
{
	u32 tid = READ(task, pid);
	u64 *since, ns;

	since = bpf_map_lookup_elem(&sleeping, &tid);
	if (!since)
		return;
	/* Clocks of two CPUs may differ by a little. */
	ns = now > *since ? now - *since : 0;
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
		METRIC(seq, "bpfsign_off_cpu_seconds", "histogram",
		       "Time that threads of a process were off the CPU, having to wait.");
	/* The last call has no element. */
	if (tgid && p) {
		PROCESS_SAMPLES(seq, "bpfsign_off_cpu_seconds", *tgid, p);
		return 0;
	}
	METRIC(seq, "bpfsign_off_cpu_dropped_total", "counter",
	       "Sleeps not counted because a map was full.");
	BPF_SEQ_PRINTF(seq,
		       "bpfsign_off_cpu_dropped_total{map=\"sleeping\"} %llu\n"
		       "bpfsign_off_cpu_dropped_total{map=\"off_cpu\"} %llu\n",
		       counter_of(&drops, SLEEPING_FULL), counter_of(&drops, OFF_CPU_FULL));
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
