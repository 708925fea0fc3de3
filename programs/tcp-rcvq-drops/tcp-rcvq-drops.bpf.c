// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Packets that arrived and were dropped because the socket's receive queue could
 * not take them, by network namespace and reason.
 */
#include "tcp-rcvq-drops.h"

#include <bpfsign/counter.h>
#include <bpfsign/metrics.h>
#include <program/metrics.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct drop_key);
	__type(value, u64);
} rcvq_drops SEC(".maps");

COUNTERS(drops, DROPS);

static __always_inline int count(u32 netns, u32 reason)
{
	struct drop_key key = {.netns = netns, .reason = reason};
	u64 zero = 0, *n = entry_of(&rcvq_drops, &key, &zero);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		counter_add(&drops, RCVQ_FULL, 1);
	return 0;
}

TRACEPOINT("udp_fail_queue_rcv_skb")
int BPF_PROG(on_udp, int error, struct sock *sk)
{
	return count(sock_netns(sk), UDP_QUEUE);
}

/*
 * Whether the kernel tells the reasons of drops; where it does not, TCP's are taken
 * from the function that looks for memory.
 */
static __always_inline bool tells_reasons(void)
{
	return HAS_REASON(PROTO_MEM);
}

#if BPFSIGN_HAS_BTF_TRACING
static __always_inline u32 skb_netns(struct sk_buff *skb, struct sock *receiver)
{
	struct sock *sk = receiver ?: skb->sk;
	struct net_device *dev = skb->dev;
	struct dst_entry *dst = (void *)(skb->_skb_refdst & ~1UL);

	if (sk)
		return sock_netns(sk);
	if (dev)
		return device_netns(dev);
	return dst ? BPF_CORE_READ(dst, dev, nd_net.net, ns.inum) : 0;
}

/* By the IP header: UDP's drops come with the same reasons. */
static __always_inline bool is_tcp(struct sk_buff *skb)
{
	unsigned char header[10] = {};

	bpf_probe_read_kernel(header, sizeof(header), skb->head + skb->network_header);
	if (header[0] >> 4 == 4)
		return header[9] == IPPROTO_TCP;
	return header[0] >> 4 == 6 && header[6] == IPPROTO_TCP;
}

static __always_inline u32 tcp_reason(u32 reason)
{
	if (IS_REASON(reason, PROTO_MEM))
		return TCP_MEMORY;
	/* The second since Linux 6.17. */
	if (IS_REASON(reason, TCP_ZEROWINDOW) || IS_REASON(reason, TCP_INVALID_END_SEQUENCE))
		return TCP_WINDOW;
	if (IS_REASON(reason, SOCKET_BACKLOG))
		return TCP_BACKLOG;
	return 0;
}

SEC("tp_btf/kfree_skb")
int on_drop(u64 *ctx)
{
	struct sk_buff *skb = (void *)ctx[0];
	struct sock *receiver = NULL;
	u32 reason;

	/* Older kernels have no third argument. */
	if (!tells_reasons())
		return 0;
	reason = tcp_reason(ctx[2]);
	if (!reason || !is_tcp(skb))
		return 0;
	if (bpf_core_field_exists(struct trace_event_raw_kfree_skb, rx_sk))
		receiver = (void *)ctx[3];
	return count(skb_netns(skb, receiver), reason);
}

SEC("fexit/tcp_try_rmem_schedule")
int BPF_PROG(on_tcp_memory, struct sock *sk, struct sk_buff *skb, unsigned int size, int failed)
{
	if (tells_reasons() || !failed)
		return 0;
	return count(sock_netns(sk), TCP_MEMORY);
}
#else
/* The socket that a thread or an interrupt on a CPU looks for memory for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64); /* CPU and thread */
	__type(value, u64);
} asking SEC(".maps");

static __always_inline u64 asker(void)
{
	return (u64)bpf_get_smp_processor_id() << 32 | (u32)bpf_get_current_pid_tgid();
}

SEC("kprobe/tcp_try_rmem_schedule")
int BPF_KPROBE(on_tcp_memory_asked, struct sock *sk)
{
	u64 who = asker(), socket = (u64)sk;

	bpf_map_update_elem(&asking, &who, &socket, BPF_ANY);
	return 0;
}

SEC("kretprobe/tcp_try_rmem_schedule")
int BPF_KRETPROBE(on_tcp_memory, int failed)
{
	u64 who = asker(), *socket = bpf_map_lookup_elem(&asking, &who);

	if (socket && failed)
		count(sock_netns((struct sock *)*socket), TCP_MEMORY);
	bpf_map_delete_elem(&asking, &who);
	return 0;
}
#endif

#if BPFSIGN_HAS_ITERATORS
static const char reasons[5][12] = {"", "udp_queue", "tcp_memory", "tcp_window", "tcp_backlog"};

/* Prometheus text, then the drop counter. */
SEC("iter/bpf_map_elem")
int metrics(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct drop_key *key = ctx->key;
	u64 *n = ctx->value;

	if (ctx->key && ctx->meta->seq_num == 0)
		METRIC(seq, BPFSIGN_RCVQ_DROPS_TOTAL);
	if (key && n) {
		u32 reason = key->reason;

		if (reason < 5)
			BPF_SEQ_PRINTF(
				seq, BPFSIGN_RCVQ_DROPS_TOTAL "{netns=\"%u\",reason=\"%s\"} %llu\n",
				key->netns, reasons[reason], *n);
		return 0;
	}
	METRIC(seq, BPFSIGN_RCVQ_DROPS_DROPPED_TOTAL);
	BPF_SEQ_PRINTF(seq, BPFSIGN_RCVQ_DROPS_DROPPED_TOTAL " %llu\n",
		       counter_of(&drops, RCVQ_FULL));
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
