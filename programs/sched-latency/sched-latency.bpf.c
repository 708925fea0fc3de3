// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Run-queue latency: the time from when a thread becomes runnable (woken, or
 * put off the CPU while it could still run) to when it gets a CPU, as one log2
 * histogram for each process.
 */
#include "sched-latency.h"

#include <bpf/bpf_tracing.h>
#include <bpfsign/metrics.h>

/* When each waiting thread became runnable, in ns. Freed when it runs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u32); /* thread id */
	__type(value, u64);
} waiting SEC(".maps");

/* Least recently used, so that dead processes make room for living ones. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 10240);
	__type(key, u32); /* process id (tgid) */
	__type(value, struct latency);
} latency SEC(".maps");

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

static __always_inline struct latency *process_entry(u32 tgid)
{
	struct latency *l, none = {};

	l = bpf_map_lookup_elem(&latency, &tgid);
	if (l)
		return l;
	bpf_map_update_elem(&latency, &tgid, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&latency, &tgid);
}

/*
 * The name of the process is that of its first thread. All threads have the
 * exec_id of the exec that named it, so a number tells when to copy again.
 */
static __always_inline void update_name(struct latency *l, struct task_struct *task)
{
	u64 exec_id = READ(task, self_exec_id);

	if (l->comm[0] && l->exec_id == exec_id)
		return;
	l->exec_id = exec_id;
	BPF_CORE_READ_STR_INTO(&l->comm, task, group_leader, comm);
}

static __always_inline void end_wait(struct task_struct *task, u64 now)
{
	u32 tid = READ(task, pid);
	struct latency *l;
	struct drops *d;
	u64 *since, ns;

	since = bpf_map_lookup_elem(&waiting, &tid);
	if (!since)
		return;
	ns = now - *since;
	bpf_map_delete_elem(&waiting, &tid);
	/* Clocks of two CPUs may differ by a little. */
	if ((__s64)ns < 0)
		return;

	l = process_entry(READ(task, tgid));
	if (!l) {
		d = drop_counters();
		if (d)
			__sync_fetch_and_add(&d->latency_full, 1);
		return;
	}
	update_name(l, task);
	__sync_fetch_and_add(&l->count, 1);
	__sync_fetch_and_add(&l->sum_ns, ns);
	__sync_fetch_and_add(&l->slots[hist_slot(ns / 1000)], 1);
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
	BPF_SEQ_PRINTF(
		seq,
		"# HELP bpfsign_sched_latency_dropped_total Waits not counted because a map was full.\n");
	BPF_SEQ_PRINTF(seq, "# TYPE bpfsign_sched_latency_dropped_total counter\n");
	BPF_SEQ_PRINTF(seq, "bpfsign_sched_latency_dropped_total{map=\"waiting\"} %llu\n",
		       d->waiting_full);
	BPF_SEQ_PRINTF(seq, "bpfsign_sched_latency_dropped_total{map=\"latency\"} %llu\n",
		       d->latency_full);
}

/* Prometheus text, one histogram for each process, then the drop counters. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct latency *l = ctx->value;
	u32 *tgid = ctx->key;
	char comm[TASK_COMM_LEN];
	u64 cumulative = 0;

	/* The last call has no element. */
	if (!tgid || !l) {
		print_drops(seq);
		return 0;
	}
	if (ctx->meta->seq_num == 0) {
		BPF_SEQ_PRINTF(
			seq,
			"# HELP bpfsign_sched_latency_seconds Time that runnable threads of a process waited for a CPU.\n");
		BPF_SEQ_PRINTF(seq, "# TYPE bpfsign_sched_latency_seconds histogram\n");
	}
	label_copy(comm, l->comm, sizeof(comm));
	for (u32 i = 0; i < HIST_SLOTS - 1; i++) {
		cumulative += l->slots[i];
		BPF_SEQ_PRINTF(
			seq,
			"bpfsign_sched_latency_seconds_bucket{pid=\"%u\",comm=\"%s\",le=\"%s\"} %llu\n",
			*tgid, comm, hist_le[i], cumulative);
	}
	cumulative += l->slots[HIST_SLOTS - 1];
	BPF_SEQ_PRINTF(
		seq,
		"bpfsign_sched_latency_seconds_bucket{pid=\"%u\",comm=\"%s\",le=\"+Inf\"} %llu\n",
		*tgid, comm, cumulative);
	BPF_SEQ_PRINTF(seq,
		       "bpfsign_sched_latency_seconds_sum{pid=\"%u\",comm=\"%s\"} %llu.%09llu\n",
		       *tgid, comm, l->sum_ns / NSEC_PER_SEC, l->sum_ns % NSEC_PER_SEC);
	BPF_SEQ_PRINTF(seq, "bpfsign_sched_latency_seconds_count{pid=\"%u\",comm=\"%s\"} %llu\n",
		       *tgid, comm, cumulative);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
