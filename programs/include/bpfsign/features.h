/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the kernels that a program is compiled for have: 1 or 0 each, set by
 * `bpfsign build` for each of its targets. Compiled by hand, everything.
 */
#ifndef BPFSIGN_FEATURES_H
#define BPFSIGN_FEATURES_H

#ifndef BPFSIGN_HAS_GLOBAL_DATA /* global variables and constants */
#define BPFSIGN_HAS_GLOBAL_DATA 1
#endif
#ifndef BPFSIGN_HAS_LOOPS /* loops that are not unrolled */
#define BPFSIGN_HAS_LOOPS 1
#endif
#ifndef BPFSIGN_HAS_RING_BUFFER
#define BPFSIGN_HAS_RING_BUFFER 1
#endif
#ifndef BPFSIGN_HAS_BTF_TRACING /* fentry, fexit, tp_btf */
#define BPFSIGN_HAS_BTF_TRACING 1
#endif
#ifndef BPFSIGN_HAS_ITERATORS
#define BPFSIGN_HAS_ITERATORS 1
#endif

#endif /* BPFSIGN_FEATURES_H */
