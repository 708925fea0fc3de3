/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Writing Prometheus text from a bpf_iter program. */
#ifndef BPFSIGN_METRICS_H
#define BPFSIGN_METRICS_H

#include <bpfsign/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpfsign/counter.h>

#define NSEC_PER_SEC 1000000000ULL

/*
 * The lines that come before the first sample of a metric of program.toml, by its name in
 * <program/metrics.h>, which `bpfsign build` writes: for the metric `a_total` it defines
 * A_TOTAL, which is "a_total", A_TOTAL_TYPE and A_TOTAL_HELP.
 */
#define METRIC(seq, name) METRIC_LINES(seq, name, name##_TYPE, name##_HELP)

/* The same for a metric that is in no map, and so not in program.toml. */
#define METRIC_LINES(seq, name, type, help)                                                        \
	BPF_SEQ_PRINTF(seq, "# HELP " name " " help "\n# TYPE " name " " type "\n")

/* The sample of a metric of what could not be counted: which map was full. */
#define DROPPED(seq, name, map, i)                                                                 \
	BPF_SEQ_PRINTF(seq, name "{map=\"" map "\"} %llu\n", counter_of(&drops, i))

/*
 * Copies @n bytes of a task's name into @dst for use as a label value. Any
 * process may name itself, so what could end the label or the line (a quote, a
 * backslash, a control byte) or break UTF-8 becomes '_'.
 */
static __always_inline void label_copy(char *dst, const char *src, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		char c = src[i];

		if (c && (c < ' ' || c > '~' || c == '"' || c == '\\'))
			c = '_';
		dst[i] = c;
	}
	dst[n - 1] = '\0';
}

#endif /* BPFSIGN_METRICS_H */
