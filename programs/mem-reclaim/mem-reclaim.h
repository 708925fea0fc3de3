/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef MEM_RECLAIM_H
#define MEM_RECLAIM_H

#include <bpfsign/stall.h>

#endif /* MEM_RECLAIM_H */
