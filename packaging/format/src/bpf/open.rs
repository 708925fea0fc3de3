// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An object's facts, as libbpf opens it.

use std::{collections::BTreeSet, ffi::OsStr};

use libbpf_rs::{ObjectBuilder, OpenObject, libbpf_sys::bpf_insn};

use super::{
    BpfError, MapFacts, ObjectFacts, ProgramFacts, Sections,
    facts::SUBPROGRAMS,
    instruction::{self, helpers_in},
    map_type_name, program_type_name,
};

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
        let facts = Self::of(&object, &sections);
        Ok((object, facts))
    }

    /// The facts of an opened object, which these sections are of.
    fn of(object: &OpenObject, sections: &Sections<'_>) -> Self {
        let shared = helpers_in(sections.data(SUBPROGRAMS).unwrap_or_default());
        let shared_functions = sections.kernel_functions_of(SUBPROGRAMS);
        let functions_of = |name: &str, section: &str| {
            let own = sections.functions().iter().find(|f| f.name == name && f.section == section);
            // A program without a symbol of its own: all that its section calls.
            let range = own.map_or(0..usize::MAX, |f| f.start..f.start + f.length);
            &sections.kernel_functions(section, range) | &shared_functions
        };
        let programs = object
            .progs()
            .map(|p| ProgramFacts {
                name: text(p.name()),
                section: text(p.section()),
                program_type: program_type_name(p.prog_type() as u32).to_owned(),
                instructions: p.insn_cnt(),
                helpers: &helpers(p.insns()) | &shared,
                kernel_functions: functions_of(&text(p.name()), &text(p.section())),
            })
            .collect();
        let maps = object
            .maps()
            .map(|m| MapFacts {
                name: text(m.name()),
                map_type: map_type_name(m.map_type() as u32).to_owned(),
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
