// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a package may do (§4 of policy-v1). Everything it does is taken from the
//! object that would be loaded.

use std::fs;

use bpfsign_format::{
    bpf::{MapFacts, ObjectFacts, helper_name},
    manifest::{MapEntry, Readers},
};
use serde::{Serialize, Serializer};

use super::pattern::{self, Pattern};
use crate::PolicyRefusal;

/// Helpers that read, or write the program's own maps and buffers (§4.3). All others, and
/// those of kernels to come, are for a policy to name.
pub(super) const HELPERS: [&str; 30] = [
    "map_*_elem",
    "map_lookup_percpu_elem",
    "for_each_map_elem",
    "ktime_get_*",
    "jiffies64",
    "get_current_*",
    "get_smp_processor_id",
    "get_numa_node_id",
    "get_prandom_u32",
    "get_ns_current_pid_tgid",
    "get_stackid",
    "get_stack",
    "get_task_stack",
    "get_func_*",
    "get_attach_cookie",
    "probe_read",
    "probe_read_str",
    "probe_read_kernel*",
    "probe_read_user*",
    "perf_event_output",
    "perf_event_read*",
    "ringbuf_*",
    "seq_printf",
    "seq_write",
    "skb_cgroup_id",
    "task_pt_regs",
    "snprintf",
    "strtol",
    "strncmp",
    "loop",
];
/// Types of maps whose memory has no bound of its own: an entry for each task, inode, socket or
/// group, or pages as they are touched. Only a policy that names them allows them (§4.4).
const UNBOUNDED: [&str; 7] = [
    "sk_storage",
    "inode_storage",
    "task_storage",
    "cgrp_storage",
    "cgroup_storage",
    "percpu_cgroup_storage",
    "arena",
];
/// As many entries are counted for a map without a bound, unless the policy says otherwise.
pub(super) const UNBOUNDED_ENTRIES: u64 = 65_536;
/// One map, in bytes (§4.5).
pub(super) const MAP_BYTES: u64 = 16 << 20;
/// All maps of a package, in bytes (§4.5).
pub(super) const MEMORY_BYTES: u64 = 64 << 20;

/// What a package may do.
#[derive(Debug)]
pub(super) struct Allow {
    pub(super) program_types: Vec<String>,
    pub(super) attach: Vec<Pattern>,
    pub(super) helpers: Vec<Pattern>,
    pub(super) kernel_functions: Vec<Pattern>,
    pub(super) map_types: Option<Vec<String>>,
    /// How many entries a map is counted with whose type has no bound of its own.
    pub(super) unbounded_entries: u64,
    pub(super) max_map_bytes: u64,
    pub(super) max_memory: u64,
    pub(super) readers: Vec<Readers>,
    pub(super) targets: Vec<Pattern>,
}

/// What a package does.
#[derive(Debug)]
pub struct Facts<'f> {
    /// The object that would be loaded.
    pub object: &'f ObjectFacts,
    /// Its maps as the manifest has them pinned.
    pub maps: &'f [MapEntry],
    /// The targets that it was built for; none for a bare object.
    pub targets: &'f [String],
}

/// One thing that a package does, and whether the policy allows it.
#[derive(Debug, Serialize)]
pub struct Decision {
    /// What it does: "program `on_switch` attaches at `tp_btf/sched_switch`".
    pub what: String,
    /// The policy's key that decides.
    pub key: &'static str,
    /// Why it is refused; `None` when it is allowed.
    #[serde(serialize_with = "as_code")]
    pub refusal: Option<PolicyRefusal>,
}

fn as_code<S: Serializer>(
    refusal: &Option<PolicyRefusal>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    refusal.as_ref().map(PolicyRefusal::code).serialize(serializer)
}

impl Allow {
    pub(super) fn decide(&self, facts: &Facts<'_>) -> Vec<Decision> {
        let mut decisions = Vec::new();
        if !facts.targets.is_empty() {
            decisions.push(self.targets(facts.targets));
        }
        for program in &facts.object.programs {
            decisions.extend(self.program(program));
        }
        let mut memory = 0;
        for map in &facts.object.maps {
            let bytes = bytes_of(map, self.unbounded_entries);
            memory = bytes.saturating_add(memory);
            decisions.extend(self.map(map, bytes));
        }
        decisions.push(self.memory(memory));
        decisions.extend(facts.maps.iter().map(|entry| self.readers(entry)));
        decisions
    }

    fn targets(&self, targets: &[String]) -> Decision {
        let allowed = targets.iter().any(|t| pattern::any(&self.targets, t));
        let list = targets.join(", ");
        let refusal = (!allowed).then(|| PolicyRefusal::Target { targets: targets.to_vec() });
        Decision { what: format!("the object is for {list}"), key: "targets", refusal }
    }

    fn program(&self, program: &bpfsign_format::bpf::ProgramFacts) -> Vec<Decision> {
        let (name, kind, section) = (&program.name, &program.program_type, &program.section);
        let mut decisions = vec![
            Decision {
                what: format!("program `{name}` is of type {kind}"),
                key: "program-types",
                refusal: (!self.program_types.contains(kind)).then(|| PolicyRefusal::ProgramType {
                    program: name.clone(),
                    program_type: kind.clone(),
                }),
            },
            Decision {
                what: format!("program `{name}` attaches at `{section}`"),
                key: "attach",
                refusal: (!pattern::any(&self.attach, section)).then(|| {
                    PolicyRefusal::AttachPoint { program: name.clone(), attach: section.clone() }
                }),
            },
        ];
        for number in &program.helpers {
            let helper = helper_name(*number);
            let allowed = pattern::any(&self.helpers, &helper);
            decisions.push(Decision {
                what: format!("program `{name}` calls helper {helper}"),
                key: "helpers",
                refusal: (!allowed).then(|| PolicyRefusal::Helper {
                    program: name.clone(),
                    helper: helper.clone(),
                }),
            });
        }
        decisions.extend(program.kernel_functions.iter().map(|f| self.kernel_function(name, f)));
        decisions
    }

    fn kernel_function(&self, program: &str, function: &str) -> Decision {
        let allowed = pattern::any(&self.kernel_functions, function);
        Decision {
            what: format!("program `{program}` calls kernel function {function}"),
            key: "kernel-functions",
            refusal: (!allowed).then(|| PolicyRefusal::KernelFunction {
                program: program.to_owned(),
                function: function.to_owned(),
            }),
        }
    }

    fn map(&self, map: &MapFacts, bytes: u64) -> [Decision; 2] {
        let (name, kind) = (&map.name, &map.map_type);
        let listed = match &self.map_types {
            Some(types) => types.contains(kind),
            None => !UNBOUNDED.contains(&kind.as_str()) && kind != "unknown",
        };
        [
            Decision {
                what: format!("map `{name}` is of type {kind}"),
                key: "map-types",
                refusal: (!listed)
                    .then(|| PolicyRefusal::MapType { map: name.clone(), map_type: kind.clone() }),
            },
            Decision {
                what: format!("map `{name}` takes {bytes} bytes"),
                key: "max-map-bytes",
                refusal: (bytes > self.max_map_bytes).then(|| PolicyRefusal::MapTooLarge {
                    map: name.clone(),
                    bytes,
                    most: self.max_map_bytes,
                }),
            },
        ]
    }

    fn memory(&self, bytes: u64) -> Decision {
        Decision {
            what: format!("the maps take {bytes} bytes"),
            key: "max-memory",
            refusal: (bytes > self.max_memory)
                .then_some(PolicyRefusal::Memory { bytes, most: self.max_memory }),
        }
    }

    fn readers(&self, entry: &MapEntry) -> Decision {
        let who = match entry.readers {
            Readers::Agents => "agents",
            Readers::Root => "root",
        };
        Decision {
            what: format!("map `{}` is read by {who}", entry.pin),
            key: "readers",
            refusal: (!self.readers.contains(&entry.readers))
                .then(|| PolicyRefusal::Readers(entry.pin.clone())),
        }
    }
}

/// About what the kernel allocates for a map (kernel/bpf/*map*.c): keys and
/// values, padded to eight bytes, for each CPU where the type says so; a ring
/// buffer's size is its number of entries.
fn bytes_of(map: &MapFacts, unbounded: u64) -> u64 {
    let padded = |size: u32| u64::from(size).next_multiple_of(8);
    let entries = match UNBOUNDED.contains(&map.map_type.as_str()) {
        // An arena's entries are pages.
        true if map.map_type == "arena" => return u64::from(map.max_entries).saturating_mul(4096),
        true => unbounded,
        false => u64::from(map.max_entries),
    };
    if map.map_type.contains("ringbuf") {
        return entries;
    }
    let copies = match map.map_type.contains("percpu") {
        true => possible_cpus(),
        false => 1,
    };
    let one = padded(map.key_size).saturating_add(padded(map.value_size).saturating_mul(copies));
    one.saturating_mul(entries)
}

/// CPUs that a per-CPU map has values for (Documentation/admin-guide/cputopology.rst): `0-3`.
fn possible_cpus() -> u64 {
    let list = fs::read_to_string("/sys/devices/system/cpu/possible").unwrap_or_default();
    let last = list.trim().rsplit(['-', ',']).next().and_then(|n| n.parse::<u64>().ok());
    last.map_or(1, |n| n + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(map_type: &str, value_size: u32, max_entries: u32) -> MapFacts {
        let (name, map_type) = ("m".to_owned(), map_type.to_owned());
        MapFacts { name, map_type, key_size: 4, value_size, max_entries, flags: 0, internal: false }
    }

    #[test]
    fn memory_is_counted_and_does_not_overflow() {
        assert_eq!(bytes_of(&map("hash", 8, 10), 10), 160);
        assert_eq!(bytes_of(&map("ringbuf", 0, 4096), 10), 4096);
        assert!(bytes_of(&map("percpu_array", 8, 10), 10) >= 160);
        assert_eq!(bytes_of(&map("array", u32::MAX, u32::MAX), 10), u64::MAX);
    }
}
