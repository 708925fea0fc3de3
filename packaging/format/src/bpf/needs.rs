// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an object needs of a kernel beyond Linux 4.19, the oldest that bpfsign loads on.

use std::collections::BTreeSet;

use libbpf_rs::{MapType, OpenObject, ProgramType};

use super::{ObjectFacts, instruction};

/// The last helper of Linux 4.19 (include/uapi/linux/bpf.h).
const LAST_OLD_HELPER: u32 = 83;
/// How many instructions a program had at most before Linux 5.2.
const OLD_LENGTH: usize = 4096;

/// What a kernel must be able to do besides knowing types and helpers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ability {
    /// Global variables and constants (Linux 5.2).
    GlobalData,
    /// Programs of more than 4,096 instructions (Linux 5.2).
    LongPrograms,
    /// Jumps back (Linux 5.3).
    Loops,
    /// Instructions of this `-mcpu` version (v3: Linux 5.1, v4: Linux 6.6).
    Cpu(u8),
    /// Atomic operations that return the old value (Linux 5.12).
    Atomics,
}

/// What an object needs beyond Linux 4.19.
#[derive(Debug, Default)]
pub struct Needs {
    /// Program types, and the start of the section: `fentry` of `fentry/do_exit`.
    pub program_types: Vec<(ProgramType, String)>,
    /// Map types.
    pub map_types: Vec<MapType>,
    /// Helpers, with a type of program that calls each.
    pub helpers: Vec<(ProgramType, u32)>,
    /// The rest.
    pub abilities: BTreeSet<Ability>,
    /// A program that attaches by a type of the kernel's own BTF.
    pub kernel_btf: Option<String>,
}

/// Whether libbpf replaces a helper by an old one where the kernel lacks it
/// (bpf_object__sanitize_prog() in libbpf.c): probe_read_user,
/// probe_read_kernel, and both for strings.
#[must_use]
pub fn is_replaced_helper(number: u32) -> bool {
    (112..=115).contains(&number)
}

impl Needs {
    /// What an opened object needs when the programs that are `wanted` are loaded.
    pub fn of(object: &OpenObject, facts: &ObjectFacts, wanted: impl Fn(&str) -> bool) -> Self {
        let is_wanted = |p: &libbpf_rs::OpenProgram<'_>| p.name().to_str().is_some_and(&wanted);
        let mut needs = Self::of_maps(object, facts);
        for program in object.progs().filter(is_wanted) {
            needs.add_program(&program);
        }
        needs
    }

    /// What one program needs, without the maps that it uses.
    pub fn of_program(program: &libbpf_rs::OpenProgram<'_>) -> Self {
        let mut needs = Self::default();
        needs.add_program(program);
        needs
    }

    fn of_maps(object: &OpenObject, facts: &ObjectFacts) -> Self {
        let mut needs = Self::default();
        for map in object.maps().map(|m| m.map_type()).filter(|t| !is_old_map(*t)) {
            if !needs.map_types.contains(&map) {
                needs.map_types.push(map);
            }
        }
        if facts.maps.iter().any(|m| m.internal) {
            needs.abilities.insert(Ability::GlobalData);
        }
        needs
    }

    fn add_program(&mut self, program: &libbpf_rs::OpenProgram<'_>) {
        let kind = program.prog_type();
        let section = program.section().to_string_lossy();
        let start = section.split('/').next().unwrap_or_default().trim_end_matches(".s");
        let attached = (kind, start.to_owned());
        if !is_old_program(kind) && !self.program_types.contains(&attached) {
            self.program_types.push(attached);
        }
        if is_attached_by_btf(kind) && self.kernel_btf.is_none() {
            self.kernel_btf = Some(section.clone().into_owned());
        }
        self.add_code(kind, program.insns());
    }

    fn add_code(&mut self, kind: ProgramType, code: &[libbpf_rs::libbpf_sys::bpf_insn]) {
        if code.len() > OLD_LENGTH {
            self.abilities.insert(Ability::LongPrograms);
        }
        if instruction::find_loop(code).is_some() {
            self.abilities.insert(Ability::Loops);
        }
        for i in code {
            let version = instruction::cpu_version(i);
            if version > 2 {
                self.abilities.insert(Ability::Cpu(version));
            }
            if instruction::is_new_atomic(i) {
                self.abilities.insert(Ability::Atomics);
            }
            if let Some(helper) = instruction::helper(i)
                && helper > LAST_OLD_HELPER
                && !is_replaced_helper(helper)
                && !self.helpers.iter().any(|(_, known)| *known == helper)
            {
                self.helpers.push((kind, helper));
            }
        }
    }
}

fn is_old_program(kind: ProgramType) -> bool {
    (kind as u32) <= ProgramType::SkReuseport as u32
}

fn is_old_map(kind: MapType) -> bool {
    (kind as u32) <= MapType::ReuseportSockarray as u32
}

fn is_attached_by_btf(kind: ProgramType) -> bool {
    use ProgramType::{Ext, Lsm, StructOps, Tracing};
    matches!(kind, Tracing | Lsm | Ext | StructOps)
}
