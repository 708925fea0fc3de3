// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What a Go program allocates: how much, in which sizes, and from where. */
#include "go-malloc.h"

#include <bpfsign/counter.h>
#include <bpfsign/metrics.h>
#include <program/metrics.h>

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct site);
	__type(value, struct allocations);
} sites SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 8192);
	__type(key, u32);
	__type(value, u64[FRAMES]);
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32); /* process id (tgid) */
	__type(value, struct sizes);
} sizes SEC(".maps");

COUNTERS(drops, DROPS);

static __always_inline void count_site(void *ctx, u32 pid, u64 bytes)
{
	struct site site = {.pid = pid};
	struct allocations *a, none = {};

	site.stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	if (site.stack < 0) {
		site.stack = -1;
		counter_add(&drops, STACKS_FULL, 1);
	}
	a = entry_of(&sites, &site, &none);
	if (!a) {
		counter_add(&drops, SITES_FULL, 1);
		return;
	}
	__sync_fetch_and_add(&a->count, 1);
	__sync_fetch_and_add(&a->bytes, bytes);
}

static __always_inline int count(void *ctx, u64 bytes)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct sizes *s, none = {};

	s = entry_of(&sizes, &pid, &none);
	if (s) {
		if (!s->comm[0])
			bpf_get_current_comm(&s->comm, sizeof(s->comm));
		__sync_fetch_and_add(&s->count, 1);
		__sync_fetch_and_add(&s->bytes, bytes);
		__sync_fetch_and_add(&s->slots[hist_slot(bytes)], 1);
	}
	count_site(ctx, pid, bytes);
	return 0;
}

/* func mallocgc(size uintptr, ...): from Go 1.17 on, in the first register. */
SEC("uprobe")
int on_malloc(struct pt_regs *ctx)
{
	return count(ctx, ctx->rax);
}

/* Before that on the stack, above the return address. */
SEC("uprobe")
int on_malloc_stack(struct pt_regs *ctx)
{
	u64 bytes = 0;

	bpf_probe_read_user(&bytes, sizeof(bytes), (void *)ctx->rsp + 8);
	return count(ctx, bytes);
}

#if BPFSIGN_HAS_ITERATORS
/* Prometheus text, one histogram for each process, then the drop counters. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct sizes *s = ctx->value;
	char comm[TASK_COMM_LEN];
	u32 *pid = ctx->key;
	u64 cumulative = 0;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_GO_MALLOC_BYTES);
	if (!pid || !s) {
		METRIC(seq, BPFSIGN_GO_MALLOC_DROPPED_TOTAL);
		DROPPED(seq, BPFSIGN_GO_MALLOC_DROPPED_TOTAL, "sites", SITES_FULL);
		DROPPED(seq, BPFSIGN_GO_MALLOC_DROPPED_TOTAL, "stacks", STACKS_FULL);
		return 0;
	}
	label_copy(comm, s->comm, sizeof(comm));
	for (u32 i = 0; i < HIST_SLOTS - 1; i++) {
		cumulative += s->slots[i];
		BPF_SEQ_PRINTF(seq,
			       BPFSIGN_GO_MALLOC_BYTES
			       "_bucket{pid=\"%u\",comm=\"%s\",le=\"%llu\"} %llu\n",
			       *pid, comm, (2ULL << i) - 1, cumulative);
	}
	cumulative += s->slots[HIST_SLOTS - 1];
	BPF_SEQ_PRINTF(seq,
		       BPFSIGN_GO_MALLOC_BYTES
		       "_bucket{pid=\"%u\",comm=\"%s\",le=\"+Inf\"} %llu\n" BPFSIGN_GO_MALLOC_BYTES
		       "_sum{pid=\"%u\",comm=\"%s\"} %llu\n" BPFSIGN_GO_MALLOC_BYTES
		       "_count{pid=\"%u\",comm=\"%s\"} %llu\n",
		       *pid, comm, cumulative, *pid, comm, s->bytes, *pid, comm, cumulative);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
