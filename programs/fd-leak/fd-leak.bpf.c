// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Open descriptors of each process: a census of those that there are, and how many
 * were opened and closed.
 */
#include "fd-leak.h"

#include <bpfsign/counter.h>
#include <bpfsign/metrics.h>
#include <program/metrics.h>

/* Least recently used, so that dead processes make room for living ones. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u32); /* process id (tgid) */
	__type(value, struct descriptors);
} descriptors SEC(".maps");

COUNTERS(drops, DROPS);

static __always_inline struct descriptors *of_process(u32 tgid)
{
	struct descriptors none = {}, *d = entry_of(&descriptors, &tgid, &none);

	if (!d)
		counter_add(&drops, FDS_FULL, 1);
	return d;
}

static __always_inline int closed(void)
{
	struct descriptors *d = of_process(bpf_get_current_pid_tgid() >> 32);

	if (d)
		__sync_fetch_and_add(&d->closed, 1);
	return 0;
}

FUNCTION("fd_install")
int on_open(void *ctx)
{
	struct descriptors *d = of_process(bpf_get_current_pid_tgid() >> 32);

	if (d)
		__sync_fetch_and_add(&d->opened, 1);
	return 0;
}

/* close(2), by the name that its function has: newest first. */
FUNCTION("file_close_fd")
int on_file_close_fd(void *ctx)
{
	return closed();
}

FUNCTION("close_fd")
int on_close_fd(void *ctx)
{
	return closed();
}

FUNCTION("__close_fd")
int on_old_close_fd(void *ctx)
{
	return closed();
}

TRACEPOINT("sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 tid = READ(child, pid), tgid = READ(child, tgid);

	/* A new process: whatever had its number before is gone. */
	if (tid == tgid)
		bpf_map_delete_elem(&descriptors, &tgid);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct file;

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/* Where a reader's walk over all descriptors is. */
struct walk {
	u32 tgid; /* whose descriptors are counted */
	u32 fd;	  /* the last that was */
	u64 open; /* how many so far */
	char comm[TASK_COMM_LEN];
	u32 shown_tgid; /* the process before, */
	u32 shown_by;	/* which the first descriptor of this one shows, */
	u64 shown_open; /* with its number */
	char shown_comm[TASK_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, u64); /* session of the reader */
	__type(value, struct walk);
} walks SEC(".maps");

static __always_inline void show(struct seq_file *seq, u32 tgid, const char *name, u64 open)
{
	struct descriptors *d = of_process(tgid);
	char comm[TASK_COMM_LEN];

	if (d) {
		d->open = open;
		d->census_ns = bpf_ktime_get_ns();
	}
	label_copy(comm, name, sizeof(comm));
	BPF_SEQ_PRINTF(seq, "bpfsign_fd_open_descriptors{pid=\"%u\",comm=\"%s\"} %llu\n", tgid,
		       comm, open);
}

/*
 * Counts the next descriptor. The kernel gives them by process and in order, and
 * gives one again when the text that it led to did not fit.
 */
static __always_inline void next(struct seq_file *seq, struct walk *w, struct task_struct *task,
				 u32 fd)
{
	u32 tgid = task->tgid;

	if (w->tgid != tgid) {
		w->shown_tgid = w->tgid;
		w->shown_open = w->open;
		w->shown_by = fd;
		__builtin_memcpy(w->shown_comm, w->comm, sizeof(w->comm));
		w->tgid = tgid;
		w->open = 1;
		w->fd = fd;
		BPF_CORE_READ_STR_INTO(&w->comm, task, group_leader, comm);
	} else if (fd > w->fd) {
		w->open++;
		w->fd = fd;
	}
	if (w->shown_tgid && w->shown_by == fd)
		show(seq, w->shown_tgid, w->shown_comm, w->shown_open);
}

SEC("iter/task_file")
int metrics(struct bpf_iter__task_file *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	u64 session = ctx->meta->session_id;
	struct task_struct *task = ctx->task;
	struct walk *w, none = {};

	w = entry_of(&walks, &session, &none);
	if (!w)
		return 0;
	if (ctx->meta->seq_num == 0)
		METRIC_LINES(seq, "bpfsign_fd_open_descriptors", "gauge",
			     "Descriptors open in a process.");
	if (task && ctx->file) {
		next(seq, w, task, ctx->fd);
		return 0;
	}
	if (w->tgid)
		show(seq, w->tgid, w->comm, w->open);
	METRIC(seq, BPFSIGN_FD_DROPPED_TOTAL);
	BPF_SEQ_PRINTF(seq, BPFSIGN_FD_DROPPED_TOTAL " %llu\n", counter_of(&drops, FDS_FULL));
	return 0;
}

/* How many descriptors a process opened and closed. */
SEC("iter/bpf_map_elem")
int metrics_changes(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct descriptors *d = ctx->value;
	u32 *tgid = ctx->key;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_FD_CHANGES_TOTAL);
	if (tgid && d)
		BPF_SEQ_PRINTF(seq,
			       BPFSIGN_FD_CHANGES_TOTAL
			       "{pid=\"%u\",change=\"opened\"} %llu\n" BPFSIGN_FD_CHANGES_TOTAL
			       "{pid=\"%u\",change=\"closed\"} %llu\n",
			       *tgid, d->opened, *tgid, d->closed);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
