// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Maps with fields of every kind, filled once, to read with bindings. */
#include <bpfsign/kernel.h>
#include <bpf/bpf_tracing.h>

struct kinds_key {
	u32 type;
	__s16 few;
	u8 raw[2];
	u8 grid[2][2];
};

struct kinds {
	u64 large;
	__s32 negative;
	u16 several[3];
	char text[7];
	_Bool is_set;
	__s8 small;
#ifdef WIDER
	u64 more;
#endif
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, struct kinds_key);
	__type(value, struct kinds);
} plain SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
} each_cpu SEC(".maps");

SEC("raw_tp/sys_enter")
int on_call(void *ctx)
{
	struct kinds_key key = {.type = 7, .few = -2, .raw = {1, 255}, .grid = {{1, 2}, {3, 250}}};
	struct kinds value = {
		.large = 0xfedcba9876543210,
		.negative = -5,
		.several = {1, 2, 65535},
		.text = "a\"b",
		.is_set = 1,
		.small = -1,
	};
	u32 first = 3, count = 9;

	bpf_map_update_elem(&plain, &key, &value, BPF_NOEXIST);
	key.type = 8;
	bpf_map_update_elem(&plain, &key, &value, BPF_NOEXIST);
	bpf_map_update_elem(&each_cpu, &first, &count, BPF_NOEXIST);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
