/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Times of a process's threads, as one log2 histogram for each process. */
#ifndef BPFSIGN_PROCESS_H
#define BPFSIGN_PROCESS_H

#include <bpfsign/histogram.h>
#include <bpfsign/kernel.h>
#include <bpfsign/metrics.h>

struct process_times {
	u64 exec_id;	       /* of the process, to notice a new name */
	u64 count;	       /* times */
	u64 sum_ns;	       /* all of them together */
	u64 slots[HIST_SLOTS]; /* times by log2 of microseconds */
	char comm[TASK_COMM_LEN];
};

/* By process id (tgid); least recently used, so that dead processes make room. */
#define PROCESS_TIMES(name)                                                                        \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_LRU_HASH);                                               \
		__uint(max_entries, 10240);                                                        \
		__type(key, u32);                                                                  \
		__type(value, struct process_times);                                               \
	} name SEC(".maps")

/*
 * The name of the process is that of its first thread. All threads have the
 * exec_id of the exec that named it, so a number tells when to copy again.
 */
static __always_inline void process_name(struct process_times *p, struct task_struct *task)
{
	u64 exec_id = READ(task, self_exec_id);

	if (p->comm[0] && p->exec_id == exec_id)
		return;
	p->exec_id = exec_id;
	BPF_CORE_READ_STR_INTO(&p->comm, task, group_leader, comm);
}

/* Adds a time of the process of @task; false when the map has no room for it. */
static __always_inline bool process_add(void *map, struct task_struct *task, u64 ns)
{
	struct process_times *p, none = {};
	u32 tgid = READ(task, tgid);

	p = bpf_map_lookup_elem(map, &tgid);
	if (!p) {
		bpf_map_update_elem(map, &tgid, &none, BPF_NOEXIST);
		p = bpf_map_lookup_elem(map, &tgid);
	}
	if (!p)
		return false;
	process_name(p, task);
	__sync_fetch_and_add(&p->count, 1);
	__sync_fetch_and_add(&p->sum_ns, ns);
	__sync_fetch_and_add(&p->slots[hist_slot(ns / 1000)], 1);
	return true;
}

#if BPFSIGN_HAS_ITERATORS
/* The samples of one process for the histogram called @name, in seconds. */
#define PROCESS_SAMPLES(seq, name, tgid, p)                                                        \
	({                                                                                         \
		char comm[TASK_COMM_LEN];                                                          \
		u64 cumulative = 0;                                                                \
		label_copy(comm, (p)->comm, sizeof(comm));                                         \
		for (u32 i = 0; i < HIST_SLOTS - 1; i++) {                                         \
			cumulative += (p)->slots[i];                                               \
			BPF_SEQ_PRINTF(seq,                                                        \
				       name "_bucket{pid=\"%u\",comm=\"%s\",le=\"%s\"} %llu\n",    \
				       tgid, comm, hist_le[i], cumulative);                        \
		}                                                                                  \
		cumulative += (p)->slots[HIST_SLOTS - 1];                                          \
		BPF_SEQ_PRINTF(seq,                                                                \
			       name "_bucket{pid=\"%u\",comm=\"%s\",le=\"+Inf\"} %llu\n" name      \
				    "_sum{pid=\"%u\",comm=\"%s\"} %llu.%09llu\n" name              \
				    "_count{pid=\"%u\",comm=\"%s\"} %llu\n",                       \
			       tgid, comm, cumulative, tgid, comm, (p)->sum_ns / NSEC_PER_SEC,     \
			       (p)->sum_ns % NSEC_PER_SEC, tgid, comm, cumulative);                \
	})
#endif

#endif /* BPFSIGN_PROCESS_H */
