// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * For the kernel tests: counts the calls of getppid(2) at every kind of hook,
 * so that each must agree with how often it was called.
 */
#include <bpfsign/kernel.h>
#include <bpfsign/metrics.h>

#define GETPPID 110 /* arch/x86/entry/syscalls/syscall_64.tbl */

enum hook {
	AT_RAW_TRACEPOINT,
	AT_EVENT,
	AT_ENTRY,
	AT_RETURN,
	AT_BTF_TRACEPOINT,
	HOOKS,
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HOOKS);
	__type(key, u32);
	__type(value, u64);
} calls SEC(".maps");

static __always_inline int count(u32 hook)
{
	u64 *n = bpf_map_lookup_elem(&calls, &hook);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

SEC("raw_tp/sys_enter")
int BPF_PROG(on_raw, void *regs, long id)
{
	return id == GETPPID ? count(AT_RAW_TRACEPOINT) : 0;
}

SEC("tp/syscalls/sys_enter_getppid")
int on_event(void *ctx)
{
	return count(AT_EVENT);
}

SEC("kprobe/__x64_sys_getppid")
int on_entry(void *ctx)
{
	/* Reads a structure of the kernel's, so that it needs BTF. */
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, tgid) ? count(AT_ENTRY) : 0;
}

SEC("kretprobe/__x64_sys_getppid")
int on_return(void *ctx)
{
	return count(AT_RETURN);
}

#if BPFSIGN_HAS_BTF_TRACING
SEC("tp_btf/sys_enter")
int BPF_PROG(on_btf, void *regs, long id)
{
	return id == GETPPID ? count(AT_BTF_TRACEPOINT) : 0;
}
#endif

#if BPFSIGN_HAS_ITERATORS
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	u32 *hook = ctx->key;
	u64 *n = ctx->value;

	if (!hook || !n)
		return 0;
	if (ctx->meta->seq_num == 0) {
		BPF_SEQ_PRINTF(seq, "# HELP bpfsign_matrix_calls_total Calls of getppid.\n");
		BPF_SEQ_PRINTF(seq, "# TYPE bpfsign_matrix_calls_total counter\n");
	}
	BPF_SEQ_PRINTF(seq, "bpfsign_matrix_calls_total{hook=\"%u\"} %llu\n", *hook, *n);
	return 0;
}
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
