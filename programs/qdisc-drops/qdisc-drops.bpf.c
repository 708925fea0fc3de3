// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Packets on their way out that a queueing discipline dropped, by device and reason. */
#include "qdisc-drops.h"

#include <bpfsign/counter.h>
#include <bpfsign/metrics.h>
#include <program/metrics.h>

/* Packets of one list that are looked at. */
#define LIST_MAX 16

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qdisc_skb_cb {
	unsigned int pkt_len;
};

#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct drop_key);
	__type(value, u64);
} qdisc_drops SEC(".maps");

COUNTERS(drops, DROPS);

static __always_inline int count(struct net_device *dev, u32 reason)
{
	struct drop_key key = {
		.netns = device_netns(dev),
		.ifindex = READ(dev, ifindex),
		.reason = reason,
	};
	u64 zero = 0, *n = entry_of(&qdisc_drops, &key, &zero);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		counter_add(&drops, QDISC_FULL, 1);
	return 0;
}

#if BPFSIGN_HAS_BTF_TRACING
static __always_inline u32 queue_reason(u32 reason)
{
	if (IS_REASON(reason, QDISC_DROP))
		return QUEUE_DROP;
	if (IS_REASON(reason, QDISC_OVERLIMIT))
		return QUEUE_LIMIT;
	if (IS_REASON(reason, QDISC_CONGESTED))
		return QUEUE_CONGESTED;
	return 0;
}

SEC("tp_btf/kfree_skb")
int on_drop(u64 *ctx)
{
	struct sk_buff *skb = (void *)ctx[0];
	struct net_device *dev;
	u32 reason;

	/* Older kernels have no third argument. */
	if (!HAS_REASON(QDISC_DROP))
		return 0;
	reason = queue_reason(ctx[2]);
	dev = skb->dev;
	return reason && dev ? count(dev, reason) : 0;
}
#endif

/*
 * Whether @skb was on its way through a queue: there its control block holds its
 * length (qdisc_pkt_len_init() in net/core/dev.c). Lists of fragments, which are
 * freed by the same function, have other things in that place.
 */
static __always_inline bool was_queued(struct sk_buff *skb)
{
	void *cb = (void *)skb + bpf_core_field_offset(struct sk_buff, cb);
	unsigned int len = READ(skb, len), pkt_len = 0;

	bpf_probe_read_kernel(&pkt_len, sizeof(pkt_len),
			      cb + bpf_core_field_offset(struct qdisc_skb_cb, pkt_len));
	/* What a segment of a large packet adds is less than the packet. */
	return pkt_len >= len && pkt_len < 2 * len + 64;
}

/*
 * Before there were reasons, a queue hands what it dropped to this function, which
 * has another name where there are.
 */
FUNCTION("kfree_skb_list")
int BPF_ENTRY(on_list, struct sk_buff *skb)
{
	struct net_device *dev;

#pragma unroll
	for (int i = 0; i < LIST_MAX; i++) {
		if (!skb)
			return 0;
		dev = READ(skb, dev);
		if (!dev || !was_queued(skb))
			return 0;
		count(dev, QUEUE_DROP);
		skb = READ(skb, next);
	}
	if (skb)
		counter_add(&drops, LIST_LONG, 1);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
static const char reasons[4][12] = {"", "drop", "limit", "congested"};

/* Prometheus text, then the drop counters. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct drop_key *key = ctx->key;
	u64 *n = ctx->value;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_QDISC_DROPS_TOTAL);
	if (key && n) {
		u32 reason = key->reason;

		if (reason < 4)
			BPF_SEQ_PRINTF(seq,
				       BPFSIGN_QDISC_DROPS_TOTAL "{netns=\"%u\",ifindex=\"%u\","
								 "reason=\"%s\"} %llu\n",
				       key->netns, key->ifindex, reasons[reason], *n);
		return 0;
	}
	METRIC(seq, BPFSIGN_QDISC_DROPS_DROPPED_TOTAL);
	BPF_SEQ_PRINTF(seq,
		       BPFSIGN_QDISC_DROPS_DROPPED_TOTAL
		       "{cause=\"map\"} %llu\n" BPFSIGN_QDISC_DROPS_DROPPED_TOTAL
		       "{cause=\"list\"} %llu\n",
		       counter_of(&drops, QDISC_FULL), counter_of(&drops, LIST_LONG));
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
