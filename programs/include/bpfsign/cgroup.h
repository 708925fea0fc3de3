/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Control groups, of version 1 or 2. A group is known by the id of its directory,
 * which is the inode number that `stat` and `ls -di` show.
 */
#ifndef BPFSIGN_CGROUP_H
#define BPFSIGN_CGROUP_H

#include <bpfsign/kernel.h>

/* Groups above a process's own that are looked at. */
#define CGROUP_LEVELS 8

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	u64 id;
};

/* Up to 5.4 it is a union. */
union kernfs_node_id {
	u64 id;
};

struct kernfs_node___union {
	union kernfs_node_id id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
};

#pragma clang attribute pop

enum cgroup_subsys_id {
	cpu_cgrp_id,
	memory_cgrp_id,
};

/* The id of the group of @css. */
static __always_inline u64 css_id(struct cgroup_subsys_state *css)
{
	struct kernfs_node *kn = BPF_CORE_READ(css, cgroup, kn);
	struct kernfs_node___union *old = (void *)kn;

	if (bpf_core_field_exists(old->id.id))
		return BPF_CORE_READ(old, id.id);
	return BPF_CORE_READ(kn, id);
}

/* The state of @task's group for the controller with this number. */
static __always_inline struct cgroup_subsys_state *task_css(struct task_struct *task,
							    u32 controller)
{
	struct cgroup_subsys_state *css = NULL;
	void *set = BPF_CORE_READ(task, cgroups);

	set += bpf_core_field_offset(struct css_set, subsys);
	bpf_probe_read_kernel(&css, sizeof(css), set + controller * sizeof(css));
	return css;
}

/* The state of @task's group for memory. */
static __always_inline struct cgroup_subsys_state *memory_css(struct task_struct *task)
{
	return task_css(task, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
}

/*
 * A walk over tasks meets a group once for each of its tasks: which task showed it,
 * by the session of the reader and the group.
 */
struct shown_key {
	u64 session;
	u64 group;
};

/* Which task shows a group to a reader. */
#define SHOWN(name)                                                                                \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_LRU_HASH);                                               \
		__uint(max_entries, 8192);                                                         \
		__type(key, struct shown_key);                                                     \
		__type(value, u32);                                                                \
	} name SEC(".maps")

/*
 * Whether this task is the one that shows the group in this session. The kernel
 * calls a program again for a task whose text did not fit.
 */
static __always_inline bool shows_group(void *shown, u64 session, u64 group, u32 tid)
{
	struct shown_key key = {.session = session, .group = group};
	u32 *by;

	bpf_map_update_elem(shown, &key, &tid, BPF_NOEXIST);
	by = bpf_map_lookup_elem(shown, &key);
	return by && *by == tid;
}

/*
 * The next group that task @tid of a walk shows, with its @group id: that of @css, which
 * becomes the one above. NULL at the root of all, which has no limit, and at one that
 * another task shows.
 */
static __always_inline struct cgroup_subsys_state *
next_group(void *shown, u64 session, u32 tid, struct cgroup_subsys_state **css, u64 *group)
{
	struct cgroup_subsys_state *this = *css;

	*group = css_id(this);
	*css = BPF_CORE_READ(this, parent);
	return *css && shows_group(shown, session, *group, tid) ? this : NULL;
}

#endif /* BPFSIGN_CGROUP_H */
