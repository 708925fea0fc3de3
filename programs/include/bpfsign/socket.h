/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Sockets, packets, devices and their network namespaces. */
#ifndef BPFSIGN_SOCKET_H
#define BPFSIGN_SOCKET_H

#include <bpfsign/kernel.h>

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be16 skc_dport;
	unsigned short skc_family;
	unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
};

struct sock {
	struct sock_common __sk_common;
	u16 sk_protocol; /* a bit field up to 5.5 */
};

struct net_device {
	int ifindex;
	possible_net_t nd_net;
};

struct dst_entry {
	struct net_device *dev;
};

struct sk_buff {
	struct sk_buff *next;
	struct net_device *dev;
	struct sock *sk;
	char cb[48];
	unsigned long _skb_refdst;
	unsigned int len;
	u16 network_header;
	unsigned char *head;
};

/* Only its fields tell which arguments the tracepoint has. */
struct trace_event_raw_kfree_skb {
	void *rx_sk;
};

#pragma clang attribute pop

/* include/net/dropreason-core.h, from Linux 5.17 on; the numbers are the kernel's. */
enum skb_drop_reason {
	SKB_DROP_REASON_NOT_SPECIFIED,
	SKB_DROP_REASON_PROTO_MEM,
	SKB_DROP_REASON_SOCKET_BACKLOG,
	SKB_DROP_REASON_TCP_ZEROWINDOW,
	SKB_DROP_REASON_TCP_INVALID_END_SEQUENCE,
	SKB_DROP_REASON_QDISC_DROP,
	SKB_DROP_REASON_QDISC_OVERLIMIT,
	SKB_DROP_REASON_QDISC_CONGESTED,
};

/* Whether the kernel says why it drops a packet, and the reason's number. */
#define HAS_REASON(name) bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_##name)
#define REASON(name) bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_##name)
#define IS_REASON(reason, name) (HAS_REASON(name) && (reason) == REASON(name))

static __always_inline u64 sock_protocol(struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_protocol);
}

/* Of a socket and of a device that the kernel passed, or that such a thing points to. */
static __always_inline u32 sock_netns(struct sock *sk)
{
	struct net *net = READ(sk, __sk_common.skc_net.net);

	return READ(net, ns.inum);
}

static __always_inline u32 device_netns(struct net_device *dev)
{
	struct net *net = READ(dev, nd_net.net);

	return READ(net, ns.inum);
}

#endif /* BPFSIGN_SOCKET_H */
