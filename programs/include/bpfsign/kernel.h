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
#include <bpf/bpf_tracing.h>

/* include/linux/sched.h */
#define TASK_COMM_LEN 16
#define TASK_RUNNING 0
#define TASK_DEAD 0x80

/* arch/x86/include/uapi/asm/ptrace.h; the names are those that libbpf expects. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	unsigned long rax, rcx, rdx, rsi, rdi, orig_rax, rip, cs, eflags, rsp, ss;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct css_set;
struct task_group;

struct task_struct {
	int pid;
	int tgid;
	unsigned int __state;
	u64 self_exec_id;
	struct task_struct *group_leader;
	struct css_set *cgroups;
	struct task_group *sched_task_group;
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

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
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

/* The start of a function of the kernel's: `int BPF_ENTRY(handler, arguments...)`. */
#if BPFSIGN_HAS_BTF_TRACING
#define FUNCTION(name) SEC("fentry/" name)
#define BPF_ENTRY(name, args...) BPF_PROG(name, args)
#else
#define FUNCTION(name) SEC("kprobe/" name)
#define BPF_ENTRY(name, args...) BPF_KPROBE(name, args)
#endif

/* When something began for each thread, in ns; freed when it ends. */
#define SINCE(name, threads)                                                                       \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(max_entries, threads);                                                      \
		__type(key, u32); /* thread id */                                                  \
		__type(value, u64);                                                                \
	} name SEC(".maps")

/* From @since to @now, in ns; clocks of two CPUs may differ by a little. */
static __always_inline u64 elapsed(u64 since, u64 now)
{
	return now > since ? now - since : 0;
}

/* The scheduler state of @task under either of the field's names. */
static __always_inline unsigned int task_state(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return READ(task, __state);
	return BPF_CORE_READ((struct task_struct___state *)task, state);
}

#endif /* BPFSIGN_KERNEL_H */
