/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef QDISC_DROPS_H
#define QDISC_DROPS_H

#include <bpfsign/socket.h>

/* Why a queue dropped a packet; the numbers stay as they are. */
enum reason {
	QUEUE_DROP = 1,	     /* no reason known: all of them before Linux 6.13 */
	QUEUE_LIMIT = 2,     /* the queue was full */
	QUEUE_CONGESTED = 3, /* an active queue management dropped early */
};

struct drop_key {
	u32 netns; /* inode number of the network namespace */
	u32 ifindex;
	u32 reason; /* enum reason */
};

/* Counters in the map `drops`: what could not be counted. */
enum drop {
	QDISC_FULL, /* the `qdisc_drops` map had no room for a device */
	LIST_LONG,  /* packets dropped at once were too many to be counted each */
	DROPS,
};

#endif /* QDISC_DROPS_H */
