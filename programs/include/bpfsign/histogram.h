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

/*
 * Base-2 logarithm, rounded down, of 2^n - 1 times a constant, by its five
 * highest bits: a de Bruijn sequence gives each n its own place. Volatile, so that
 * the compiler does not fold away the bound that the verifier wants to see.
 */
static const volatile __u8 hist_log2[32] = {
	0, 9,  1,  10, 13, 21, 2,  29, 11, 14, 16, 18, 22, 25, 3, 30,
	8, 12, 20, 28, 15, 17, 24, 7,  19, 27, 23, 6,  26, 5,  4, 31,
};

/*
 * The slot of a duration of @us microseconds. Without a branch but the first:
 * each would double the paths that the kernel's verifier walks.
 */
static __always_inline u64 hist_slot(u64 us)
{
	u32 v = us, slot;

	if (us >= 1ULL << (HIST_SLOTS - 1))
		return HIST_SLOTS - 1;
	v |= v >> 1;
	v |= v >> 2;
	v |= v >> 4;
	v |= v >> 8;
	v |= v >> 16;
	slot = hist_log2[v * 0x07c4acddU >> 27];
	return slot < HIST_SLOTS ? slot : HIST_SLOTS - 1;
}
#else
/*
 * Without constants in memory: halving the range. In 64 bits, and the bound
 * checked on the very register that is used: an old verifier knows the bounds of
 * no copy.
 */
static __always_inline u64 hist_slot(u64 us)
{
	u64 v = us, slot = 0;

	if (v >= 1ULL << (HIST_SLOTS - 1))
		return HIST_SLOTS - 1;
	if (v >= 1 << 16) {
		v >>= 16;
		slot = 16;
	}
	if (v >= 1 << 8) {
		v >>= 8;
		slot += 8;
	}
	if (v >= 1 << 4) {
		v >>= 4;
		slot += 4;
	}
	if (v >= 1 << 2) {
		v >>= 2;
		slot += 2;
	}
	slot += v >> 1 & 1;
	asm volatile("" : "+r"(slot));
	if (slot >= HIST_SLOTS)
		slot = HIST_SLOTS - 1;
	return slot;
}
#endif /* BPFSIGN_HAS_GLOBAL_DATA */

#endif /* BPFSIGN_HISTOGRAM_H */
