/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TCP_RCVQ_DROPS_H
#define TCP_RCVQ_DROPS_H

#include <bpfsign/socket.h>

/* Why a packet for a socket was dropped; the numbers stay as they are. */
enum reason {
	UDP_QUEUE = 1,	 /* the receive buffer of a UDP socket was full */
	TCP_MEMORY = 2,	 /* TCP had no memory for the receive queue */
	TCP_WINDOW = 3,	 /* data beyond the window (from Linux 5.17) */
	TCP_BACKLOG = 4, /* the backlog of a socket in use was full (from Linux 5.17) */
};

struct drop_key {
	u32 netns;  /* inode number of the network namespace; 0 is unknown */
	u32 reason; /* enum reason */
};

/* Counters in the map `drops`: what could not be counted. */
enum drop {
	RCVQ_FULL, /* the `rcvq_drops` map had no room for a namespace */
	DROPS,
};

#endif /* TCP_RCVQ_DROPS_H */
