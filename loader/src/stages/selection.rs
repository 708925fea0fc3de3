// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which programs of an object are in force on this kernel: those that must be,
//! and of the optional ones (§4.5 of package-v1) those whose hook there is.

use std::{collections::BTreeMap, path::Path};

use bpfsign_format::{
    bpf::{Needs, ObjectFacts},
    manifest::ProgramEntry,
};
use bpfsign_verify::LeftOut;
use libbpf_rs::OpenObject;

use crate::kernel::{
    attaches_to_function, btf::hook_numbers, has_symbol, kprobe_attaches, missing, place_in,
};

/// What is left out, or what a program that must be in force lacks.
pub(super) type Selected = Result<Vec<LeftOut>, Vec<String>>;

/// Decides on every program. Nothing of the object is loaded for that: hooks
/// are tried with programs of our own.
pub(super) fn select(
    entries: &[ProgramEntry],
    (object, facts): (&OpenObject, &ObjectFacts),
    binary: Option<&Path>,
    has_btf: bool,
) -> Selected {
    let optional = |e: &&ProgramEntry| e.optional;
    let sections = entries.iter().filter(optional).map(|e| e.attach.as_str());
    let judge = Judge { object, binary, numbers: hook_numbers(sections) };
    let (mut left_out, mut lacking) = (Vec::new(), Vec::new());
    // First those on which others depend (§4.5: they depend on none).
    let (dependent, first): (Vec<_>, Vec<_>) = entries.iter().partition(|e| e.unless.is_some());
    for entry in first.into_iter().chain(dependent) {
        let replaced = entry.unless.as_ref().filter(|other| !is_in(&left_out, other));
        let why = match replaced {
            Some(other) => Some(format!("`{other}` is in its place")),
            None => judge.lacks(entry),
        };
        match why {
            None => {}
            Some(why) if entry.optional || replaced.is_some() => left_out.push(LeftOut {
                program: entry.name.clone(),
                attach: entry.attach.clone(),
                why,
            }),
            Some(why) => lacking.push(why),
        }
    }
    let needs = Needs::of(object, facts, |name| {
        entries.is_empty() || entries.iter().any(|e| e.name == name && !e.optional)
    });
    let mut all = missing(&needs);
    if let Some(section) = needs.kernel_btf.as_ref().filter(|_| !has_btf) {
        all.push(format!("BTF of the kernel's own, for `{section}`"));
    }
    all.extend(lacking);
    if all.is_empty() { Ok(left_out) } else { Err(all) }
}

fn is_in(left_out: &[LeftOut], program: &str) -> bool {
    left_out.iter().any(|l| l.program == program)
}

struct Judge<'o> {
    object: &'o OpenObject,
    binary: Option<&'o Path>,
    /// The numbers of hooks in the kernel's BTF, by section.
    numbers: BTreeMap<String, u32>,
}

impl Judge<'_> {
    /// Why a program cannot be in force; `None` when it can, as far as can be
    /// known before it is loaded.
    fn lacks(&self, entry: &ProgramEntry) -> Option<String> {
        if entry.attach == "uprobe" {
            return self.lacks_symbols(entry);
        }
        if !entry.optional {
            return None;
        }
        let program = self.object.progs().find(|p| p.name() == entry.name.as_str())?;
        if let Some(why) = missing(&Needs::of_program(&program)).into_iter().next() {
            return Some(format!("this kernel lacks {why}"));
        }
        let no_hook = || format!("this kernel has no hook `{}`", entry.attach);
        let (kind, symbol) = entry.attach.split_once('/')?;
        match kind {
            "kprobe" | "kretprobe" => (!kprobe_attaches(symbol)).then(no_hook),
            "tp_btf" | "iter" => (!self.numbers.contains_key(&entry.attach)).then(no_hook),
            "fentry" | "fexit" => match self.numbers.get(&entry.attach) {
                Some(number) if attaches_to_function(kind == "fexit", *number) => None,
                _ => Some(no_hook()),
            },
            _ => None,
        }
    }

    fn lacks_symbols(&self, entry: &ProgramEntry) -> Option<String> {
        let Some(binary) = self.binary else {
            return Some("a program file to attach to: `bpfsign load --binary FILE`".to_owned());
        };
        let file = binary.display();
        let place = entry.at.as_deref().unwrap_or_default();
        let symbol = place.trim_start_matches("go:");
        let mut symbols = [Some(symbol), entry.with_symbol.as_deref()].into_iter().flatten();
        match symbols.find(|symbol| !has_symbol(binary, symbol)) {
            Some(lacking) => Some(format!(
                "the symbol `{lacking}` in {file}: it is another kind of program, or its symbols \
                 are stripped (build it without -ldflags=-s)"
            )),
            None if place_in(binary, place).is_none() => {
                Some(format!("a function `{symbol}` in {file} that begins as Go's do"))
            }
            None => None,
        }
    }
}
