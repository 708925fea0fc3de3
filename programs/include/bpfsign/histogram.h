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

#if BPFSIGN_HAS_GLOBAL_DATA
/* Upper bound of each slot but the last, in seconds, as Prometheus `le`. */
static const char hist_le[HIST_SLOTS - 1][12] = {
	"0.000002", "0.000004", "0.000008",  "0.000016",  "0.000032",  "0.000064", "0.000128",
	"0.000256", "0.000512", "0.001024",  "0.002048",  "0.004096",  "0.008192", "0.016384",
	"0.032768", "0.065536", "0.131072",  "0.262144",  "0.524288",  "1.048576", "2.097152",
	"4.194304", "8.388608", "16.777216", "33.554432", "67.108864",
};

#endif /* BPFSIGN_HAS_GLOBAL_DATA */

/*
 * 2^@shift when @v is above 2^(2^shift) - 1, and otherwise 0: the sign of a
 * difference. The barrier keeps the compiler from making a branch of it.
 */
static __always_inline u64 hist_halve(u64 v, u32 shift)
{
	u64 below = (1ULL << (1 << shift)) - 1 - v;

	asm volatile("" : "+r"(below));
	return below >> 63 << shift;
}

/*
 * The slot of a duration of @us microseconds: halving the range five times, without
 * a branch, which would double the paths that the kernel's verifier walks, and
 * without a table, which 4.19 cannot hold. The bound is checked on the very register
 * that is used: an old verifier knows the bounds of no copy.
 */
static __always_inline u64 hist_slot(u64 us)
{
	u64 v = us, slot = 0, half;

	if (us >= 1ULL << (HIST_SLOTS - 1))
		return HIST_SLOTS - 1;
#pragma unroll
	for (int shift = 4; shift >= 0; shift--) {
		half = hist_halve(v, shift);
		v >>= half;
		slot += half;
	}
	asm volatile("" : "+r"(slot));
	if (slot >= HIST_SLOTS)
		slot = HIST_SLOTS - 1;
	return slot;
}

#endif /* BPFSIGN_HISTOGRAM_H */
