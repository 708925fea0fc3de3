// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* How often programs are executed, by the name of the process. */
#include <bpfsign/counter.h>
#include <bpfsign/kernel.h>
#include <bpfsign/metrics.h>
#include <program/metrics.h>

struct name {
	char comm[TASK_COMM_LEN];
};

/* Least recently used, so that names cannot fill it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct name);
	__type(value, u64);
} executions SEC(".maps");

TRACEPOINT("sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	struct name name = {};
	u64 zero = 0, *n;

	bpf_get_current_comm(&name.comm, sizeof(name.comm));
	n = entry_of(&executions, &name, &zero);
	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
/* Prometheus text. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct name *name = ctx->key;
	u64 *n = ctx->value;
	char comm[TASK_COMM_LEN];

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, EXECUTIONS_TOTAL);
	/* The last call has no element. */
	if (!name || !n)
		return 0;
	label_copy(comm, name->comm, sizeof(comm));
	BPF_SEQ_PRINTF(seq, EXECUTIONS_TOTAL "{comm=\"%s\"} %llu\n", comm, *n);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
