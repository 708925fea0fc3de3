/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Counting in maps. */
#ifndef BPFSIGN_COUNTER_H
#define BPFSIGN_COUNTER_H

#include <bpfsign/types.h>
#include <bpf/bpf_helpers.h>

/* An array of @n counters. */
#define COUNTERS(name, n)                                                                          \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(max_entries, n);                                                            \
		__type(key, u32);                                                                  \
		__type(value, u64);                                                                \
	} name SEC(".maps")

/* Adds @n to counter @i of an array of counters. */
static __always_inline void counter_add(void *array, u32 i, u64 n)
{
	u64 *counter = bpf_map_lookup_elem(array, &i);

	if (counter)
		__sync_fetch_and_add(counter, n);
}

/* Counter @i of an array of counters. */
static __always_inline u64 counter_of(void *array, u32 i)
{
	u64 *counter = bpf_map_lookup_elem(array, &i);

	return counter ? *counter : 0;
}

/*
 * The value of @key in @map, which becomes @zero if there was none; NULL when the
 * map is full.
 */
static __always_inline void *entry_of(void *map, const void *key, const void *zero)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	bpf_map_update_elem(map, key, zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

#endif /* BPFSIGN_COUNTER_H */
