/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Times of the tasks of a control group, as one log2 histogram for each group. */
#ifndef BPFSIGN_GROUP_H
#define BPFSIGN_GROUP_H

#include <bpfsign/cgroup.h>
#include <bpfsign/counter.h>
#include <bpfsign/histogram.h>
#include <bpfsign/metrics.h>

struct group_times {
	u64 count;	       /* times */
	u64 sum_ns;	       /* all of them together */
	u64 slots[HIST_SLOTS]; /* times by log2 of microseconds */
};

/* By the id of the group; least recently used, so that dead groups make room. */
#define BY_GROUP(name, type_of_value)                                                              \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_LRU_HASH);                                               \
		__uint(max_entries, 4096);                                                         \
		__type(key, u64);                                                                  \
		__type(value, type_of_value);                                                      \
	} name SEC(".maps")

/* Adds a time of a group; false when the map has no room for it. */
static __always_inline bool group_add(void *map, u64 group, u64 ns)
{
	struct group_times *g, none = {};

	g = entry_of(map, &group, &none);
	if (!g)
		return false;
	__sync_fetch_and_add(&g->count, 1);
	__sync_fetch_and_add(&g->sum_ns, ns);
	__sync_fetch_and_add(&g->slots[hist_slot(ns / 1000)], 1);
	return true;
}

#if BPFSIGN_HAS_ITERATORS
/* The samples of one group for the histogram called @name, in seconds. */
#define GROUP_SAMPLES(seq, name, group, g)                                                         \
	({                                                                                         \
		u64 cumulative = 0;                                                                \
		for (u32 i = 0; i < HIST_SLOTS - 1; i++) {                                         \
			cumulative += (g)->slots[i];                                               \
			BPF_SEQ_PRINTF(seq, name "_bucket{cgroup=\"%llu\",le=\"%s\"} %llu\n",      \
				       group, hist_le[i], cumulative);                             \
		}                                                                                  \
		cumulative += (g)->slots[HIST_SLOTS - 1];                                          \
		BPF_SEQ_PRINTF(seq,                                                                \
			       name "_bucket{cgroup=\"%llu\",le=\"+Inf\"} %llu\n" name             \
				    "_sum{cgroup=\"%llu\"} %llu.%09llu\n" name                     \
				    "_count{cgroup=\"%llu\"} %llu\n",                              \
			       group, cumulative, group, (g)->sum_ns / NSEC_PER_SEC,               \
			       (g)->sum_ns % NSEC_PER_SEC, group, cumulative);                     \
	})

/* The text of a map of times: one histogram for each group. */
#define GROUP_TEXT(ctx, name)                                                                      \
	({                                                                                         \
		struct seq_file *seq = (ctx)->meta->seq;                                           \
		struct group_times *g = (ctx)->value;                                              \
		u64 *group = (ctx)->key;                                                           \
		if (group && (ctx)->meta->seq_num == 0)                                            \
			METRIC_LINES(seq, name, name##_TYPE, name##_HELP);                         \
		/* The last call has no element. */                                                \
		if (group && g)                                                                    \
			GROUP_SAMPLES(seq, name, *group, g);                                       \
		!group;                                                                            \
	})
#endif

#endif /* BPFSIGN_GROUP_H */
