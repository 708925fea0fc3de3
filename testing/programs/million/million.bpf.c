// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* For the bench: an entry for each of a million calls of getpriority(2). */
#include <bpfsign/counter.h>
#include <bpfsign/kernel.h>

#define GETPRIORITY 140 /* arch/x86/entry/syscalls/syscall_64.tbl */

struct entry {
	u64 count;
	u64 sum_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1000000);
	__type(key, u32);
	__type(value, struct entry);
} million SEC(".maps");

COUNTERS(next, 1);

SEC("raw_tp/sys_enter")
int BPF_PROG(on_call, void *regs, long id)
{
	struct entry entry = {.count = 1};
	u32 key;

	if (id != GETPRIORITY)
		return 0;
	key = counter_of(&next, 0);
	counter_add(&next, 0, 1);
	entry.sum_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&million, &key, &entry, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
