// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs, maps and helpers of an object.

use std::collections::BTreeSet;

use serde::Serialize;

/// The section of subprograms: functions that programs call (libbpf.c,
/// bpf_object__elf_collect()).
pub(super) const SUBPROGRAMS: &str = ".text";

/// What an object holds.
#[derive(Debug, Clone, Serialize)]
pub struct ObjectFacts {
    /// In the object's order.
    pub programs: Vec<ProgramFacts>,
    /// In the object's order, libbpf's own for global data included.
    pub maps: Vec<MapFacts>,
}

/// One program.
#[derive(Debug, Clone, Serialize)]
pub struct ProgramFacts {
    /// The C function.
    pub name: String,
    /// The ELF section.
    pub section: String,
    /// The kernel's program type, in lower case: `raw_tracepoint`.
    #[serde(rename = "type")]
    pub program_type: String,
    /// Before libbpf appends subprograms.
    pub instructions: usize,
    /// Numbers of the helpers that it calls, and of all that the object's subprograms call,
    /// whether or not it calls them: no helper hides in a subprogram.
    pub helpers: BTreeSet<u32>,
    /// Names of the kernel functions (kfuncs) that it calls, likewise; `number N` for a call
    /// that is neither of a helper, of a named kernel function nor within the object.
    #[serde(rename = "kernel-functions")]
    pub kernel_functions: BTreeSet<String>,
}

/// One map.
#[derive(Debug, Clone, Serialize)]
pub struct MapFacts {
    /// The C variable, or libbpf's name for global data.
    pub name: String,
    /// The kernel's map type, in lower case: `lru_hash`.
    #[serde(rename = "type")]
    pub map_type: String,
    /// In bytes.
    pub key_size: u32,
    /// In bytes.
    pub value_size: u32,
    /// How many entries fit; 0 where the number of CPUs decides.
    pub max_entries: u32,
    /// `BPF_F_*`.
    pub flags: u32,
    /// libbpf made it for global data; it is never pinned.
    pub internal: bool,
}

/// Whether a map of this type is a buffer of events, which has one reader.
#[must_use]
pub fn is_event_buffer(map_type: &str) -> bool {
    ["ringbuf", "perf_event_array"].contains(&map_type)
}
