// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* TCP segments that are sent again, and timeouts that led to it, by peer. */
#include "tcp-retransmit.h"

#include <bpf/bpf_endian.h>
#include <bpfsign/counter.h>
#include <bpfsign/events.h>
#include <bpfsign/metrics.h>
#include <program/metrics.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct tcp_skb_cb {
	u16 tcp_gso_segs;
};

#pragma clang attribute pop

/* Least recently used, so that peers that are gone make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct peer);
	__type(value, struct retransmits);
} peers SEC(".maps");

EVENTS(struct retransmit_event);

COUNTERS(drops, DROPS);

static __always_inline void peer_of(struct sock *sk, struct peer *peer)
{
	peer->family = READ(sk, __sk_common.skc_family);
	peer->port = bpf_ntohs(READ(sk, __sk_common.skc_dport));
	if (peer->family == AF_INET6)
		BPF_CORE_READ_INTO(&peer->addr, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
	else
		*(u32 *)peer->addr = READ(sk, __sk_common.skc_daddr);
}

/* How many segments a packet of TCP's holds (tcp_skb_pcount() in include/net/tcp.h). */
static __always_inline u32 segments_of(struct sk_buff *skb)
{
	void *cb = (void *)skb + bpf_core_field_offset(struct sk_buff, cb);
	u16 segments = 0;

	bpf_probe_read_kernel(&segments, sizeof(segments),
			      cb + bpf_core_field_offset(struct tcp_skb_cb, tcp_gso_segs));
	return segments;
}

static __always_inline void tell(void *ctx, struct sock *sk, const struct peer *peer, u32 segments)
{
	struct retransmit_event event = {
		.time_ns = bpf_ktime_get_ns(),
		.peer = *peer,
		.segments = segments,
		.netns = sock_netns(sk),
	};

	if (send_event(ctx, &event))
		counter_add(&drops, EVENTS_LOST, 1);
}

TRACEPOINT("tcp_retransmit_skb")
int BPF_PROG(on_retransmit, struct sock *sk, struct sk_buff *skb)
{
	struct retransmits *r, none = {};
	struct peer peer = {};
	u32 segments = segments_of(skb);

	peer_of(sk, &peer);
	r = entry_of(&peers, &peer, &none);
	if (r) {
		__sync_fetch_and_add(&r->segments, segments);
		__sync_fetch_and_add(&r->packets, 1);
	} else {
		counter_add(&drops, PEERS_FULL, 1);
	}
	tell(ctx, sk, &peer, segments);
	return 0;
}

FUNCTION("tcp_retransmit_timer")
int BPF_ENTRY(on_timeout, struct sock *sk)
{
	struct retransmits *r, none = {};
	struct peer peer = {};

	peer_of(sk, &peer);
	r = entry_of(&peers, &peer, &none);
	if (r)
		__sync_fetch_and_add(&r->timeouts, 1);
	else
		counter_add(&drops, PEERS_FULL, 1);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
/* The labels of a peer, then an event and its number. */
#define SAMPLE(seq, peer, event, number)                                                           \
	({                                                                                         \
		if ((peer)->family == AF_INET6)                                                    \
			BPF_SEQ_PRINTF(seq,                                                        \
				       BPFSIGN_TCP_RETRANSMIT_EVENTS_TOTAL                         \
				       "{peer=\"%pI6c\","                                          \
				       "port=\"%u\",event=\"" event "\"} %llu\n",                  \
				       (peer)->addr, (peer)->port, number);                        \
		else                                                                               \
			BPF_SEQ_PRINTF(seq,                                                        \
				       BPFSIGN_TCP_RETRANSMIT_EVENTS_TOTAL                         \
				       "{peer=\"%pI4\","                                           \
				       "port=\"%u\",event=\"" event "\"} %llu\n",                  \
				       (peer)->addr, (peer)->port, number);                        \
	})

/* Prometheus text, then the drop counters. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct retransmits *r = ctx->value;
	struct peer *key = ctx->key;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_TCP_RETRANSMIT_EVENTS_TOTAL);
	if (key && r) {
		struct peer peer = *key;

		SAMPLE(seq, &peer, "segment", r->segments);
		SAMPLE(seq, &peer, "timeout", r->timeouts);
		return 0;
	}
	METRIC(seq, BPFSIGN_TCP_RETRANSMIT_DROPPED_TOTAL);
	DROPPED(seq, BPFSIGN_TCP_RETRANSMIT_DROPPED_TOTAL, "peers", PEERS_FULL);
	DROPPED(seq, BPFSIGN_TCP_RETRANSMIT_DROPPED_TOTAL, "events", EVENTS_LOST);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
