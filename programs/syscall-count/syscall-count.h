/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SYSCALL_COUNT_H
#define SYSCALL_COUNT_H

#include <bpfsign/kernel.h>

/* Numbers that are counted each on its own; Linux 6.18 ends at 469. */
#define CALLS 512

/* Counters in the map `other`: calls that have no number of their own here. */
enum other {
	OTHER_32_BIT, /* from 32-bit code, whose calls have other numbers */
	OTHER_NUMBER, /* 512 or above, x32 included, or negative */
	OTHERS,
};

#endif /* SYSCALL_COUNT_H */
