/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TCP_RETRANSMIT_H
#define TCP_RETRANSMIT_H

#include <bpfsign/socket.h>

/* The other end of a connection. */
struct peer {
	u16 family;  /* AF_INET or AF_INET6 */
	u16 port;    /* in host byte order */
	u8 addr[16]; /* IPv4 in the first four */
};

struct retransmits {
	u64 segments; /* sent again, as RetransSegs in /proc/net/snmp counts them */
	u64 packets;  /* sent again; one may hold several segments */
	u64 timeouts; /* of the retransmission timer; 0 where that has no hook */
};

/* What a reader of `events` gets. */
struct retransmit_event {
	u64 time_ns; /* since boot */
	struct peer peer;
	u32 segments;
	u32 netns;
};

/* Counters in the map `drops`: what could not be counted or told. */
enum drop {
	PEERS_FULL,  /* the `peers` map had no room; it is LRU, so this stays 0 */
	EVENTS_LOST, /* the `events` buffer was full */
	DROPS,
};

#endif /* TCP_RETRANSMIT_H */
