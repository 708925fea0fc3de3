/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SOCKSTAT_H
#define SOCKSTAT_H

#include <bpfsign/socket.h>

/* include/net/tcp_states.h: 1 (established) to 12. */
#define STATES 13
#define TCP_SYN_SENT 2
#define TCP_CLOSE 7
#define TCP_LISTEN 10

/* TCP sockets of one address family in one state, in one network namespace. */
struct state_key {
	u32 netns;  /* inode number of the network namespace */
	u16 family; /* AF_INET or AF_INET6 */
	u16 state;  /* include/net/tcp_states.h */
};

struct state_sockets {
	u64 entered;   /* changes into this state since the package was loaded */
	u64 left;      /* changes out of it */
	u64 sockets;   /* in it when last counted; 0 before */
	u64 census_ns; /* when that was, since boot; 0 if never */
};

/* Of connections that ended since the package was loaded, by network namespace. */
struct ended {
	u64 connections;
	u64 bytes_sent; /* and acknowledged */
	u64 bytes_received;
	u64 retransmits; /* segments sent again */
};

/* Counters in the map `drops`: what could not be counted. */
enum drop {
	STATES_FULL, /* the `sockets` map had no room for a namespace */
	ENDED_FULL,  /* the `ended` map had none */
	DROPS,
};

#endif /* SOCKSTAT_H */
