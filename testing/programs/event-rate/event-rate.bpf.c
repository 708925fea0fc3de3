// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* For the bench: four events of 32 bytes for each call of getpriority(2). */
#include <bpfsign/counter.h>
#include <bpfsign/events.h>
#include <bpfsign/kernel.h>

#define GETPRIORITY 140 /* arch/x86/entry/syscalls/syscall_64.tbl */

struct event {
	u64 time_ns;
	u64 number;
	u64 spare[2];
};

/* Counters in the map `drops`. */
enum drop {
	SENT,
	EVENTS_LOST,
	DROPS,
};

EVENTS(struct event);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DROPS);
	__type(key, u32);
	__type(value, u64);
} drops SEC(".maps");

SEC("raw_tp/sys_enter")
int BPF_PROG(on_call, void *regs, long id)
{
	struct event event = {};

	if (id != GETPRIORITY)
		return 0;
	event.time_ns = bpf_ktime_get_ns();
#pragma unroll
	for (int i = 0; i < 4; i++) {
		event.number = i;
		counter_add(&drops, send_event(ctx, &event) ? EVENTS_LOST : SENT, 1);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
