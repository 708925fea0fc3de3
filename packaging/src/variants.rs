// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which objects a package needs: targets that want the same code share one.

use std::cmp::Reverse;

use serde::Serialize;

use crate::{
    Reason, Result, Targets,
    program::ProgramFile,
    targets::{Target, features},
};

/// What makes a variant's code differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Settings {
    /// `-mcpu`: 2 for v2.
    pub(crate) cpu: u8,
    /// `BPFSIGN_HAS_*`, for the C preprocessor.
    pub(crate) has: Vec<(&'static str, bool)>,
}

impl Settings {
    fn of(target: &Target) -> Self {
        let visible = features().filter_map(|f| Some((f.macro_name?, target.has_feature(f.name))));
        Self { cpu: target.cpu, has: visible.collect() }
    }

    /// Whether nothing that C source can ask for is missing.
    pub(crate) fn has_everything(&self) -> bool {
        self.has.iter().all(|(_, has)| *has)
    }

    /// The flags for clang.
    pub(crate) fn flags(&self) -> Vec<String> {
        let define = |(name, has): &(&str, bool)| format!("-DBPFSIGN_{name}={}", u8::from(*has));
        std::iter::once(format!("-mcpu=v{}", self.cpu)).chain(self.has.iter().map(define)).collect()
    }
}

/// One object to compile.
#[derive(Debug)]
pub(crate) struct Planned<'t> {
    pub(crate) settings: Settings,
    /// In order of name.
    pub(crate) targets: Vec<&'t Target>,
}

impl Planned<'_> {
    /// `objects/<first target>.bpf.o`.
    pub(crate) fn object_name(&self) -> String {
        let first = self.targets.first().map_or("", |t| &t.name);
        format!("objects/{first}.bpf.o")
    }
}

/// The objects of a package.
#[derive(Debug)]
pub(crate) struct VariantPlan<'t> {
    /// The one for the newest kernels first: a loader takes the first that
    /// its kernel can run.
    pub(crate) variants: Vec<Planned<'t>>,
    /// Optional targets that are left out, and why.
    pub(crate) left_out: Vec<String>,
}

/// Groups the targets of a program, or `only` those, by what they need.
pub(crate) fn plan<'t>(
    program: &ProgramFile,
    targets: &'t Targets,
    only: &[String],
) -> Result<VariantPlan<'t>> {
    let mut left_out = Vec::new();
    let mut names: Vec<&String> = match only {
        [] => program.targets.iter().collect(),
        only => only.iter().collect(),
    };
    for name in program.optional_targets.iter().filter(|_| only.is_empty()) {
        let target = targets.get(name)?;
        if target.has_feature("kernel-btf") || !targets.btf(target)?.is_empty() {
            names.push(name);
        } else {
            left_out.push(format!(
                "{name} is left out: no BTF of its kernels is known here; \
                 `bpfsign target add-btf {name} FILE` adds one"
            ));
        }
    }
    if names.is_empty() {
        let why = "`targets` names none".to_owned();
        return Err(crate::Error::new(&program.name, Reason::ProgramFile(why)));
    }
    names.sort();
    names.dedup();
    let mut variants: Vec<Planned<'t>> = Vec::new();
    for name in names {
        let target = targets.get(name)?;
        let settings = Settings::of(target);
        match variants.iter_mut().find(|v| v.settings == settings) {
            Some(variant) => variant.targets.push(target),
            None => variants.push(Planned { settings, targets: vec![target] }),
        }
    }
    variants.sort_by_key(|v| Reverse(v.targets.iter().map(|t| t.kernel()).max()));
    Ok(VariantPlan { variants, left_out })
}
