// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * TCP sockets by state: a census of those that there are, changes of state, and what
 * connections that ended had carried.
 */
#include "sockstat.h"

#include <bpfsign/counter.h>
#include <bpfsign/metrics.h>
#include <program/metrics.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct tcp_sock {
	u32 total_retrans;
	u64 bytes_acked;
	u64 bytes_received;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct state_key);
	__type(value, struct state_sockets);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u32); /* inode number of the network namespace */
	__type(value, struct ended);
} ended SEC(".maps");

COUNTERS(drops, DROPS);

static __always_inline struct state_sockets *sockets_in(u32 netns, u16 family, u16 state)
{
	struct state_key key = {.netns = netns, .family = family, .state = state};
	struct state_sockets none = {};

	return entry_of(&sockets, &key, &none);
}

static __always_inline void connection_ended(struct sock *sk, u32 netns)
{
	struct tcp_sock *tcp = (void *)sk;
	struct ended *e, none = {};

	e = entry_of(&ended, &netns, &none);
	if (!e) {
		counter_add(&drops, ENDED_FULL, 1);
		return;
	}
	__sync_fetch_and_add(&e->connections, 1);
	__sync_fetch_and_add(&e->bytes_sent, BPF_CORE_READ(tcp, bytes_acked));
	__sync_fetch_and_add(&e->bytes_received, BPF_CORE_READ(tcp, bytes_received));
	__sync_fetch_and_add(&e->retransmits, BPF_CORE_READ(tcp, total_retrans));
}

TRACEPOINT("inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int from, int to)
{
	u16 family = READ(sk, __sk_common.skc_family);
	struct state_sockets *s;
	u32 netns;

	if (sock_protocol(sk) != IPPROTO_TCP)
		return 0;
	netns = sock_netns(sk);
	s = sockets_in(netns, family, from);
	if (s)
		__sync_fetch_and_add(&s->left, 1);
	else
		counter_add(&drops, STATES_FULL, 1);
	s = sockets_in(netns, family, to);
	if (s)
		__sync_fetch_and_add(&s->entered, 1);
	else
		counter_add(&drops, STATES_FULL, 1);
	/* What never got further has carried nothing. */
	if (to == TCP_CLOSE && from != TCP_LISTEN && from != TCP_SYN_SENT)
		connection_ended(sk, netns);
	return 0;
}

#if BPFSIGN_HAS_ITERATORS
/* Sockets of the reader's network namespace, counted by one reader. */
struct census {
	u32 netns;
	u32 ipv4[STATES];
	u32 ipv6[STATES];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, u64); /* session of the reader */
	__type(value, struct census);
} census SEC(".maps");

static const char states[STATES][16] = {
	"",	 "established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2",    "time_wait",
	"close", "close_wait",	"last_ack", "listen",	"closing",   "new_syn_recv",
};

static __always_inline void add_to_census(struct sock_common *sk, u64 session)
{
	u32 state = sk->skc_state;
	struct census *c, none = {};

	c = entry_of(&census, &session, &none);
	if (!c || state >= STATES)
		return;
	c->netns = sock_netns((struct sock *)sk);
	if (sk->skc_family == AF_INET6)
		c->ipv6[state]++;
	else
		c->ipv4[state]++;
}

static __always_inline void census_done(u32 netns, u16 family, u32 state, u32 n, u64 now)
{
	struct state_sockets *s = sockets_in(netns, family, state);

	if (!s) {
		counter_add(&drops, STATES_FULL, 1);
		return;
	}
	s->sockets = n;
	s->census_ns = now;
}

static __always_inline void print_census(struct seq_file *seq, struct census *c)
{
	u64 now = bpf_ktime_get_ns();

	METRIC(seq, BPFSIGN_SOCKSTAT_SOCKETS);
	for (u32 i = 1; i < STATES; i++) {
		census_done(c->netns, AF_INET, i, c->ipv4[i], now);
		census_done(c->netns, AF_INET6, i, c->ipv6[i], now);
		BPF_SEQ_PRINTF(
			seq,
			BPFSIGN_SOCKSTAT_SOCKETS
			"{netns=\"%u\",family=\"ipv4\",state=\"%s\"} %u\n" BPFSIGN_SOCKSTAT_SOCKETS
			"{netns=\"%u\",family=\"ipv6\",state=\"%s\"} %u\n",
			c->netns, states[i], c->ipv4[i], c->netns, states[i], c->ipv6[i]);
	}
}

static __always_inline void print_ended(struct seq_file *seq, u32 netns)
{
	struct ended *e, none = {};

	e = bpf_map_lookup_elem(&ended, &netns);
	if (!e)
		e = &none;
	METRIC(seq, BPFSIGN_SOCKSTAT_ENDED_CONNECTIONS_TOTAL);
	BPF_SEQ_PRINTF(seq, BPFSIGN_SOCKSTAT_ENDED_CONNECTIONS_TOTAL "{netns=\"%u\"} %llu\n", netns,
		       e->connections);
	METRIC(seq, BPFSIGN_SOCKSTAT_ENDED_BYTES_TOTAL);
	BPF_SEQ_PRINTF(seq,
		       BPFSIGN_SOCKSTAT_ENDED_BYTES_TOTAL
		       "{netns=\"%u\",direction=\"sent\"} %llu\n" BPFSIGN_SOCKSTAT_ENDED_BYTES_TOTAL
		       "{netns=\"%u\",direction=\"received\"} %llu\n",
		       netns, e->bytes_sent, netns, e->bytes_received);
	METRIC(seq, BPFSIGN_SOCKSTAT_ENDED_RETRANSMITS_TOTAL);
	BPF_SEQ_PRINTF(seq, BPFSIGN_SOCKSTAT_ENDED_RETRANSMITS_TOTAL "{netns=\"%u\"} %llu\n", netns,
		       e->retransmits);
}

/* Counts every TCP socket of the reader's network namespace, then prints. */
SEC("iter/tcp")
int metrics(struct bpf_iter__tcp *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	u64 session = ctx->meta->session_id;
	/* Read once: the verifier forgets of a second read that it is not NULL. */
	struct sock_common *sk = ctx->sk_common;
	struct census *c;

	if (sk) {
		add_to_census(sk, session);
		return 0;
	}
	/* A namespace without any socket has no number that is known here. */
	c = bpf_map_lookup_elem(&census, &session);
	if (c) {
		print_census(seq, c);
		print_ended(seq, c->netns);
	}
	METRIC(seq, BPFSIGN_SOCKSTAT_DROPPED_TOTAL);
	DROPPED(seq, BPFSIGN_SOCKSTAT_DROPPED_TOTAL, "sockets", STATES_FULL);
	DROPPED(seq, BPFSIGN_SOCKSTAT_DROPPED_TOTAL, "ended", ENDED_FULL);
	return 0;
}
#endif /* BPFSIGN_HAS_ITERATORS */

char LICENSE[] SEC("license") = "Dual BSD/GPL";
