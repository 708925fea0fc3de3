// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* How often each system call is made, on the whole host. */
#include "syscall-count.h"

#include <bpfsign/counter.h>
#include <bpfsign/metrics.h>
#include <program/metrics.h>

#include "names.h"

/* arch/x86/include/asm/segment.h: the code segment of 32-bit programs. */
#define USER32_CS 0x23

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___cs {
	unsigned long cs;
};

#pragma clang attribute pop

COUNTERS(calls, CALLS);

COUNTERS(other, OTHERS);

TRACEPOINT("sys_enter")
int BPF_PROG(on_enter, struct pt_regs___cs *regs, long id)
{
	if (READ(regs, cs) == USER32_CS)
		counter_add(&other, OTHER_32_BIT, 1);
	else if ((u64)id < CALLS)
		counter_add(&calls, id, 1);
	else
		counter_add(&other, OTHER_NUMBER, 1);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
/* Prometheus text: the calls that were made at all. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	u64 *count = ctx->value;
	u32 *number = ctx->key;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_SYSCALLS_TOTAL);
	if (number && count) {
		u32 nr = *number;

		if (*count && nr < CALLS)
			BPF_SEQ_PRINTF(seq,
				       BPFSIGN_SYSCALLS_TOTAL "{number=\"%u\",name=\"%s\"} %llu\n",
				       nr, names[nr], *count);
		return 0;
	}
	METRIC(seq, BPFSIGN_SYSCALLS_OTHER_TOTAL);
	BPF_SEQ_PRINTF(seq,
		       BPFSIGN_SYSCALLS_OTHER_TOTAL
		       "{kind=\"32-bit\"} %llu\n" BPFSIGN_SYSCALLS_OTHER_TOTAL
		       "{kind=\"number\"} %llu\n",
		       counter_of(&other, OTHER_32_BIT), counter_of(&other, OTHER_NUMBER));
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
