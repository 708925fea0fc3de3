// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an object needs of a kernel besides its BTF: types, helpers,
//! features, instructions.

use std::collections::BTreeSet;

use bpfsign_format::bpf::{
    self, Function, MapFacts, helper_name, instruction as code, is_replaced_helper,
};

use super::{Program, Subject};
use crate::Finding;
use crate::targets::{self, Target};

/// Licences that the kernel counts as compatible with the GPL
/// (include/linux/license.h).
const GPL_COMPATIBLE: [&str; 6] =
    ["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"];

pub(super) fn findings(subject: &Subject<'_>, target: &Target) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        subject.facts.maps.iter().filter_map(|map| map_type(map, target)).collect();
    for program in &subject.programs {
        findings.extend(program_type(program, target));
        findings.extend(size(program, target));
        for function in &program.functions {
            findings.extend(instructions(subject, program, function, target));
        }
    }
    findings
}

fn since(first: Option<targets::KernelVersion>) -> String {
    match first {
        Some(first) => format!("Linux has it from {first} on"),
        None => "no kernel that this bpfsign knows has it".to_owned(),
    }
}

fn map_type(map: &MapFacts, target: &Target) -> Option<Finding> {
    // Global data is found at the instruction that uses it.
    if map.internal || target.has_map_type(&map.map_type) {
        return None;
    }
    let what = match map.map_type.as_str() {
        "ringbuf" => "is a ring buffer",
        _ => "has a type that the target lacks",
    };
    let since = since(targets::type_since("map", &map.map_type));
    let message = format!("map `{}` {what} ({}): {since}", map.name, map.map_type);
    Some(Finding::new("map-type", message))
}

fn program_type(program: &Program, target: &Target) -> Vec<Finding> {
    let facts = &program.facts;
    let mut findings = Vec::new();
    if !target.has_program_type(&facts.program_type) {
        let since = since(targets::type_since("prog", &facts.program_type));
        findings.push(Finding::new(
            "program-type",
            format!("`{}` is of type {}: {since}", facts.section, facts.program_type),
        ));
    }
    let by_btf = ["tracing", "lsm", "ext", "struct_ops"].contains(&facts.program_type.as_str());
    let iterates = facts.section.starts_with("iter/");
    let needs = [("iterators", iterates), ("btf-tracing", by_btf), ("kernel-btf", by_btf)];
    for (name, _) in needs.into_iter().filter(|(name, n)| *n && !target.has_feature(name)) {
        if let Some(feature) = targets::features().find(|f| f.name == name) {
            let message = format!(
                "`{}` needs {}, which the target lacks: Linux has it from {} on",
                facts.section, feature.what, feature.since
            );
            findings.push(Finding::new("feature", message));
        }
    }
    findings.into_iter().map(|f| f.in_program(&facts.name)).collect()
}

fn size(program: &Program, target: &Target) -> Option<Finding> {
    let count: usize = program.functions.iter().map(|f| f.length).sum();
    let limit = target.instructions;
    (count > limit).then(|| {
        let message = format!("has {count} instructions, and the target allows {limit}");
        Finding::new("instructions", message).in_program(&program.facts.name)
    })
}

fn instructions(
    subject: &Subject<'_>,
    program: &Program,
    function: &Function,
    target: &Target,
) -> Vec<Finding> {
    let code = subject.code(function);
    let mut findings = Vec::new();
    let mut add = |finding: Finding, at: usize| {
        findings.push(subject.at(finding, program, function, at));
    };
    let mut seen = BTreeSet::new();
    for (at, i) in code.iter().enumerate() {
        if let Some(number) = code::helper(i)
            && seen.insert(format!("helper {number}"))
        {
            helper(subject, number, target).into_iter().for_each(|f| add(f, at));
        }
        if let Some(section) = global_data(subject, function, at)
            && !target.has_feature("global-data")
            && seen.insert(section.to_owned())
        {
            let message = format!(
                "uses a global variable or constant (section {section}), which \
                                   the target lacks: Linux has them from 5.2 on"
            );
            add(Finding::new("global-data", message), at);
        }
        let version = code::cpu_version(i);
        if version > target.cpu && seen.insert(format!("cpu {version}")) {
            let message =
                format!("an instruction of -mcpu=v{version}, and the target runs v{}", target.cpu);
            add(Finding::new("cpu", message), at);
        }
        if code::is_new_atomic(i) && !target.has_feature("atomics") && seen.insert("atomic".into())
        {
            let message = "an atomic operation that Linux has from 5.12 on".to_owned();
            add(Finding::new("cpu", message), at);
        }
    }
    if let Some(at) = code::find_loop(code).filter(|_| !target.has_feature("bounded-loops")) {
        let message = "a loop, which the target lacks: Linux has bounded loops from 5.3 on; \
                       unroll it with #pragma unroll";
        add(Finding::new("loop", message.to_owned()), at);
    }
    findings
}

/// The section of global data that an instruction refers to.
fn global_data<'s>(subject: &'s Subject<'_>, function: &Function, at: usize) -> Option<&'s str> {
    let (section, _) = subject.sections.relocation(&function.section, function.start + at)?;
    let data = [".rodata", ".data", ".bss"];
    data.iter().any(|d| section.starts_with(d)).then_some(section)
}

fn helper(subject: &Subject<'_>, number: u32, target: &Target) -> Option<Finding> {
    let name = helper_name(number);
    if !target.has_helper(number) && !is_replaced_helper(number) {
        let message = format!("calls helper {name}: {}", since(targets::helper_since(number)));
        return Some(Finding::new("helper", message));
    }
    let license = subject.sections.license().unwrap_or_default();
    let needs_gpl = bpf::helper(number).is_some_and(|h| h.gpl_only);
    (needs_gpl && !GPL_COMPATIBLE.contains(&license.as_str())).then(|| {
        let message = format!(
            "calls helper {name}, which only a GPL-compatible licence allows; this one is {license:?}"
        );
        Finding::new("licence", message)
    })
}
