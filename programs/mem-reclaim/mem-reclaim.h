/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef MEM_RECLAIM_H
#define MEM_RECLAIM_H

#include <bpfsign/group.h>

/* Counters in the map `drops`: what could not be counted. */
enum drop {
	RECLAIMING_FULL, /* the `reclaiming` map had no room for a thread */
	GROUPS_FULL,	 /* a map of groups had no room; they are LRU, so this stays 0 */
	DROPS,
};

#endif /* MEM_RECLAIM_H */
