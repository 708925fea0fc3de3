/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef FD_LEAK_H
#define FD_LEAK_H

#include <bpfsign/kernel.h>

/* Descriptors of one process. */
struct descriptors {
	u64 open;      /* when last counted; 0 before */
	u64 census_ns; /* when that was, since boot; 0 if never */
	u64 opened;    /* since the package was loaded; 0 where that has no hook */
	u64 closed;    /* by close(2); not by dup2(2), exec and exit */
};

/* Counters in the map `drops`: what could not be counted. */
enum drop {
	FDS_FULL, /* the `descriptors` map had no room; it is LRU, so this stays 0 */
	DROPS,
};

#endif /* FD_LEAK_H */
