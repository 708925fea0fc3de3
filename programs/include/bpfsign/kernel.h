/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The kernel types that the programs read, cut down to the fields they use.
 * CO-RE moves each access to the running kernel's offset, so only names and
 * kinds matter here, not layout.
 */
#ifndef BPFSIGN_KERNEL_H
#define BPFSIGN_KERNEL_H

#include <bpfsign/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* include/linux/sched.h */
#define TASK_COMM_LEN 16
#define TASK_RUNNING 0
#define TASK_DEAD 0x80

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct {
	int pid;
	int tgid;
	unsigned int __state;
	u64 self_exec_id;
	struct task_struct *group_leader;
	char comm[TASK_COMM_LEN];
};

/* Up to 5.13 the field is called `state`. */
struct task_struct___state {
	long state;
};

struct seq_file;
struct bpf_map;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

#pragma clang attribute pop

/*
 * A tracepoint of the kernel's, and reading a field of a struct that it passes:
 * by BTF, where the verifier knows the struct, a plain access; otherwise by a
 * copy.
 */
#if BPFSIGN_HAS_BTF_TRACING
#define TRACEPOINT(name) SEC("tp_btf/" name)
#define READ(ptr, field) ((ptr)->field)
#else
#define TRACEPOINT(name) SEC("raw_tp/" name)
#define READ(ptr, field) BPF_CORE_READ(ptr, field)
#endif

/* The scheduler state of @task under either of the field's names. */
static __always_inline unsigned int task_state(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return READ(task, __state);
	return BPF_CORE_READ((struct task_struct___state *)task, state);
}

#endif /* BPFSIGN_KERNEL_H */
