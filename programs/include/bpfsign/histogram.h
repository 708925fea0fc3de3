/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Log2 histograms of microseconds, and their Prometheus bucket bounds.
 *
 * Slot 0 counts [0, 2) us, slot i counts [2^i, 2^(i+1)) us, and the last slot
 * everything from 2^26 us (67 s) up.
 */
#ifndef BPFSIGN_HISTOGRAM_H
#define BPFSIGN_HISTOGRAM_H

#include <bpfsign/types.h>
#include <bpf/bpf_helpers.h>

#define HIST_SLOTS 27

/* Upper bound of each slot but the last, in seconds, as Prometheus `le`. */
static const char hist_le[HIST_SLOTS - 1][12] = {
	"0.000002", "0.000004", "0.000008",  "0.000016",  "0.000032",  "0.000064", "0.000128",
	"0.000256", "0.000512", "0.001024",  "0.002048",  "0.004096",  "0.008192", "0.016384",
	"0.032768", "0.065536", "0.131072",  "0.262144",  "0.524288",  "1.048576", "2.097152",
	"4.194304", "8.388608", "16.777216", "33.554432", "67.108864",
};

/* Base-2 logarithm of @v, rounded down; 0 for 0. */
static __always_inline u32 log2_u32(u32 v)
{
	u32 shift, r;

	r = (v > 0xffff) << 4;
	v >>= r;
	shift = (v > 0xff) << 3;
	v >>= shift;
	r |= shift;
	shift = (v > 0xf) << 2;
	v >>= shift;
	r |= shift;
	shift = (v > 0x3) << 1;
	v >>= shift;
	r |= shift;
	return r | (v >> 1);
}

/* The slot of a duration of @us microseconds. */
static __always_inline u32 hist_slot(u64 us)
{
	u32 slot = us >> 32 ? HIST_SLOTS : log2_u32(us);

	return slot < HIST_SLOTS ? slot : HIST_SLOTS - 1;
}

#endif /* BPFSIGN_HISTOGRAM_H */
