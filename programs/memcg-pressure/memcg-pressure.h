/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef MEMCG_PRESSURE_H
#define MEMCG_PRESSURE_H

#include <bpfsign/stall.h>

/* Memory of one control group, with all groups below it. */
struct memory {
	u64 usage_bytes;
	u64 limit_bytes; /* 9223372036854771712 is none */
	u64 failures;	 /* charges that met the limit, as memory.failcnt counts them */
	u64 max_events;	 /* `max` of memory.events; 0 on version 1 */
	u64 census_ns;	 /* when these were read, since boot */
};

#endif /* MEMCG_PRESSURE_H */
