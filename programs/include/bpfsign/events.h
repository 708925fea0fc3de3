/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Events for readers in user space, through a ring buffer, or where the kernel has
 * none through a perf buffer. Readers are woken in batches: they look every 10 ms by
 * themselves, and a ring buffer wakes them when a quarter of it is filled. To wake
 * them for each event would cost more than all else.
 */
#ifndef BPFSIGN_EVENTS_H
#define BPFSIGN_EVENTS_H

#include <bpfsign/counter.h>

#define EVENTS_BYTES (1024 * 1024)

/* The map `last_event`, whose value is the layout of every event. */
#define LAST_EVENT(type_of_event)                                                                  \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(max_entries, 1);                                                            \
		__type(key, u32);                                                                  \
		__type(value, type_of_event);                                                      \
	} last_event SEC(".maps")

#if BPFSIGN_HAS_RING_BUFFER
#define EVENTS(type_of_event)                                                                      \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_RINGBUF);                                                \
		__uint(max_entries, EVENTS_BYTES);                                                 \
	} events SEC(".maps");                                                                     \
	LAST_EVENT(type_of_event)

/* Wakes the reader when a quarter is filled, and not for what comes after. */
static __always_inline long send(void *ctx, void *events, void *event, u64 size)
{
	u64 waiting = bpf_ringbuf_query(events, BPF_RB_AVAIL_DATA);
	u64 quarter = EVENTS_BYTES / 4;
	bool wake = waiting >= quarter && waiting < quarter + 2 * (size + 8);

	return bpf_ringbuf_output(events, event, size,
				  wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}
#else
#define EVENTS(type_of_event)                                                                      \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);                                       \
		__uint(key_size, sizeof(u32));                                                     \
		__uint(value_size, sizeof(u32));                                                   \
	} events SEC(".maps");                                                                     \
	LAST_EVENT(type_of_event)

/* Here the reader says when it wants to be woken. */
static __always_inline long send(void *ctx, void *events, void *event, u64 size)
{
	return bpf_perf_event_output(ctx, events, BPF_F_CURRENT_CPU, event, size);
}
#endif

/* Sends @event; not 0 when the buffer is full, or nobody reads a perf buffer. */
#define send_event(ctx, event)                                                                     \
	({                                                                                         \
		u32 first = 0;                                                                     \
		bpf_map_update_elem(&last_event, &first, event, BPF_ANY);                          \
		send(ctx, &events, event, sizeof(*(event)));                                       \
	})

#endif /* BPFSIGN_EVENTS_H */
