/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef OFF_CPU_H
#define OFF_CPU_H

#include <bpfsign/process.h>

/* Counters in the map `drops`: what could not be counted. */
enum drop {
	SLEEPING_FULL, /* the `sleeping` map had no room for a thread */
	OFF_CPU_FULL,  /* the `off_cpu` map had no room for a process */
	DROPS,
};

#endif /* OFF_CPU_H */
