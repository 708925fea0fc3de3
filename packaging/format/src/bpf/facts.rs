// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs, maps and helpers of an opened object.

use std::{collections::BTreeSet, ffi::OsStr, fmt::Debug};

use libbpf_rs::{ObjectBuilder, OpenObject, libbpf_sys::bpf_insn};
use serde::Serialize;

use super::{BpfError, Sections, code::helpers_in, instruction};

/// The section of functions that are no programs themselves (libbpf.c,
/// bpf_object__elf_collect()).
const SUBPROGRAMS: &str = ".text";

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
    /// Numbers of the helpers that it calls, and those that the object's subprograms
    /// do, whichever it calls: nothing hides in a function.
    pub helpers: BTreeSet<u32>,
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

impl ObjectFacts {
    /// Opens `bytes` with libbpf, without loading anything.
    ///
    /// # Errors
    /// [`BpfError::Open`].
    pub fn open(bytes: &[u8]) -> Result<(OpenObject, Self), BpfError> {
        let object = ObjectBuilder::default()
            // Names the maps of global data, and keeps their names short and the same.
            .name("bpfsign")
            .and_then(|builder| builder.open_memory(bytes))
            .map_err(|error| BpfError::Open(open_reason(&error)))?;
        let sections = Sections::read(bytes)?;
        let facts = Self::of(&object, &helpers_in(sections.data(SUBPROGRAMS).unwrap_or_default()));
        Ok((object, facts))
    }

    /// The facts of an opened object whose subprograms call these helpers.
    fn of(object: &OpenObject, shared: &BTreeSet<u32>) -> Self {
        let programs = object
            .progs()
            .map(|p| ProgramFacts {
                name: text(p.name()),
                section: text(p.section()),
                program_type: kernel_name(&p.prog_type()),
                instructions: p.insn_cnt(),
                helpers: &helpers(p.insns()) | shared,
            })
            .collect();
        let maps = object
            .maps()
            .map(|m| MapFacts {
                name: text(m.name()),
                map_type: kernel_name(&m.map_type()),
                key_size: m.key_size(),
                value_size: m.value_size(),
                max_entries: m.max_entries(),
                flags: m.map_flags(),
                internal: is_internal_map(m.name()),
            })
            .collect();
        Self { programs, maps }
    }
}

fn open_reason(error: &libbpf_rs::Error) -> String {
    let log = super::take_log();
    match log.trim().lines().last() {
        Some(line) if !line.is_empty() => line.to_owned(),
        _ => error.to_string(),
    }
}

/// libbpf calls the maps of global data `<object>.rodata` and the like; a C
/// variable has no dot.
fn is_internal_map(name: &OsStr) -> bool {
    name.as_encoded_bytes().contains(&b'.')
}

fn helpers(instructions: &[bpf_insn]) -> BTreeSet<u32> {
    instructions.iter().filter_map(instruction::helper).collect()
}

fn text(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

/// `RawTracepoint` as the kernel writes it: `raw_tracepoint`.
fn kernel_name(kind: &impl Debug) -> String {
    let mut name = String::new();
    for c in format!("{kind:?}").chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name.replace("ring_buf", "ringbuf")
}
