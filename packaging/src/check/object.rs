// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One object against one target.

use std::collections::{BTreeMap, BTreeSet};

use bpfsign_format::bpf::{
    Function, Lines, ObjectFacts, ProgramFacts, Sections, instruction as code,
};
use libbpf_rs::libbpf_sys::bpf_insn;

use super::{Finding, ObjectCheck, hooks, relocations, static_needs};
use crate::{
    At, Reason, Result,
    targets::{Target, TargetBtf},
};

/// An object that is checked.
pub(crate) struct Subject<'o> {
    pub(crate) bytes: &'o [u8],
    pub(crate) facts: ObjectFacts,
    pub(crate) sections: Sections<'o>,
    /// Instructions by section, as they are in the object.
    code: BTreeMap<String, Vec<bpf_insn>>,
    pub(crate) lines: Lines,
    pub(crate) programs: Vec<Program>,
}

/// A program with the subprograms that it calls.
pub(crate) struct Program {
    pub(crate) facts: ProgramFacts,
    /// Its own code first.
    pub(crate) functions: Vec<Function>,
    /// Left out where the kernel has no such hook.
    pub(crate) optional: bool,
}

impl<'o> Subject<'o> {
    /// An object, whose programs of these names are `optional`.
    pub(crate) fn open(bytes: &'o [u8], optional: &[&str]) -> Result<Self, Reason> {
        let sections = Sections::read(bytes)?;
        let (_, facts) = ObjectFacts::open(bytes)?;
        let lines = Lines::read(&sections)?;
        let code = code::sections(&sections);
        let programs = facts
            .programs
            .iter()
            .map(|p| Program {
                facts: p.clone(),
                functions: functions_of(p, &sections, &code),
                optional: optional.contains(&p.name.as_str()),
            })
            .collect();
        Ok(Self { bytes, facts, sections, code, lines, programs })
    }

    /// Whether it concerns a program that may be left out.
    fn is_optional(&self, finding: &Finding) -> bool {
        let is_its = |p: &&Program| finding.program.as_ref() == Some(&p.facts.name);
        self.programs.iter().find(is_its).is_some_and(|p| p.optional)
    }

    /// A reason at one instruction of a function, with its source line.
    pub(super) fn at(
        &self,
        finding: Finding,
        program: &Program,
        function: &Function,
        instruction: usize,
    ) -> Finding {
        let place = u32::try_from(function.start + instruction).unwrap_or(u32::MAX);
        Finding {
            program: Some(program.facts.name.clone()),
            instruction: Some(instruction),
            line: self.lines.at(&function.section, place).map(str::to_owned),
            ..finding
        }
    }

    /// The code of a function as it is in the object.
    pub(super) fn code(&self, function: &Function) -> &[bpf_insn] {
        self.code
            .get(&function.section)
            .and_then(|c| c.get(function.start..function.start + function.length))
            .unwrap_or_default()
    }
}

/// The program's own function, and all that it calls.
fn functions_of(
    program: &ProgramFacts,
    sections: &Sections<'_>,
    code: &BTreeMap<String, Vec<bpf_insn>>,
) -> Vec<Function> {
    let all = sections.functions();
    let own = all.iter().find(|f| f.name == program.name && f.section == program.section);
    let mut found: Vec<Function> = own.cloned().into_iter().collect();
    let mut next = 0;
    while let Some(function) = found.get(next).cloned() {
        next += 1;
        let Some(instructions) = code.get(&function.section) else { continue };
        let own = instructions.iter().enumerate().skip(function.start).take(function.length);
        for (at, call) in own.filter(|(_, i)| code::is_local_call(i)) {
            let callee = callee(sections, &function.section, at, call);
            let is_it = |f: &&Function| Some((f.section.as_str(), f.start)) == callee;
            if let Some(f) = all.iter().find(is_it).filter(|f| !found.contains(f)) {
                found.push(f.clone());
            }
        }
    }
    found
}

/// Section and first instruction of the subprogram that a call goes to: by its
/// relocation, whose symbol may be the section with the distance in the
/// instruction, or within its own section (bpf_object__reloc_code() in
/// libbpf.c).
fn callee<'s>(
    sections: &'s Sections<'_>,
    section: &'s str,
    at: usize,
    call: &bpf_insn,
) -> Option<(&'s str, usize)> {
    match sections.relocation(section, at) {
        Some((target, offset)) => {
            let start = i64::try_from(offset / 8).ok()? + i64::from(call.imm) + 1;
            Some((target, usize::try_from(start).ok()?))
        }
        None => Some((section, usize::try_from(at as i64 + i64::from(call.imm) + 1).ok()?)),
    }
}

/// Every reason why `subject` would not load on `target`; `kernels` is the known BTF of the
/// target's kernels.
pub(crate) fn check_object(
    name: &str,
    subject: &Subject<'_>,
    target: &Target,
    kernels: &[TargetBtf],
) -> Result<ObjectCheck> {
    let mut findings = static_needs::findings(subject, target);
    let mut notes = Vec::new();
    let relocates = relocations::are_needed(subject).at(name)?;
    if kernels.is_empty() && relocates {
        match target.has_feature("kernel-btf") {
            true => notes.push(format!(
                "no BTF of a kernel of {} is known here: its fields and hooks were not checked; \
                 `bpfsign target add-btf {0} FILE` adds one",
                target.name
            )),
            false => findings.push(Finding::new(
                "no-btf",
                format!(
                    "it reads kernel structures by CO-RE, kernels of this target have no BTF of \
                     their own, and none was added: `bpfsign target add-btf {} FILE` adds one",
                    target.name
                ),
            )),
        }
    }
    for kernel in kernels {
        let id = kernel.kernel.to_string();
        let btf = kernel.read()?;
        let on = |f: Finding| f.on_kernel(&id);
        findings.extend(relocations::findings(subject, &btf).at(&kernel.path)?.into_iter().map(on));
        let missing = hooks::findings(subject, target, &btf, kernel.symbols()?.as_ref());
        let (optional, missing): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|finding| subject.is_optional(finding));
        findings.extend(missing.into_iter().map(on));
        notes.extend(optional.into_iter().map(|f| format!("{}; it is left out there", on(f))));
    }
    Ok(ObjectCheck {
        object: name.to_owned(),
        target: target.name.clone(),
        kernels: kernels.iter().map(|k| k.kernel.to_string()).collect(),
        findings: distinct(findings),
        notes,
    })
}

/// Each finding once: a subprogram is checked for every program that calls it.
fn distinct(findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    findings.into_iter().filter(|f| seen.insert(format!("{} {f}", f.code))).collect()
}
