// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Hooks that a kernel does not have.

use std::collections::BTreeSet;

use bpfsign_format::bpf::raw_btf::{Raw, kind};

use super::Subject;
use crate::{Finding, targets::Target};

/// How a hook of a section is found in a kernel.
enum Sought {
    /// By BTF: a name of this kind.
    Type(String, u32),
    /// Among the symbols.
    Symbol(String),
}

/// Hooks that `btf`, or `symbols` where they are known, lack. What a module
/// brings is in neither; a profile allows it with `hook:SECTION`.
pub(super) fn findings(
    subject: &Subject<'_>,
    target: &Target,
    btf: &[u8],
    symbols: Option<&BTreeSet<String>>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for program in &subject.programs {
        let section = &program.facts.section;
        if target.with.contains(&format!("hook:{section}")) {
            continue;
        }
        let missing = match sought(section) {
            Some(Sought::Type(name, kind)) => !has_type(btf, &name, kind),
            Some(Sought::Symbol(name)) => symbols.is_some_and(|s| !s.contains(&name)),
            None => false,
        };
        if missing {
            let message = format!("the kernel has no hook `{section}`");
            findings.push(Finding::new("hook", message).in_program(&program.facts.name));
        }
    }
    findings
}

fn sought(section: &str) -> Option<Sought> {
    let (kind, name) = section.split_once('/')?;
    Some(match kind {
        "tp_btf" => Sought::Type(format!("btf_trace_{name}"), kind::TYPEDEF),
        "iter" => Sought::Type(format!("bpf_iter_{name}"), kind::FUNC),
        "lsm" => Sought::Type(format!("bpf_lsm_{name}"), kind::FUNC),
        "fentry" | "fexit" | "fmod_ret" => Sought::Type(name.to_owned(), kind::FUNC),
        "kprobe" | "kretprobe" => Sought::Symbol(name.split('+').next().unwrap_or(name).to_owned()),
        "raw_tp" | "raw_tracepoint" => Sought::Symbol(format!("__tracepoint_{name}")),
        "tp" | "tracepoint" => Sought::Symbol(event_symbol(name)?),
        _ => return None,
    })
}

/// The symbol of `category/event`. System calls have no tracepoint of their
/// own (kernel/trace/trace_syscalls.c).
fn event_symbol(event: &str) -> Option<String> {
    let (category, name) = event.split_once('/')?;
    let call = |prefix: &str| name.strip_prefix(prefix).filter(|_| category == "syscalls");
    Some(match (call("sys_enter_"), call("sys_exit_")) {
        (Some(call), _) => format!("event_enter__{call}"),
        (_, Some(call)) => format!("event_exit__{call}"),
        _ => format!("__tracepoint_{name}"),
    })
}

fn has_type(btf: &[u8], name: &str, kind: u32) -> bool {
    let Some(raw) = Raw::new(btf) else { return false };
    let Some(offset) = raw.offset_of(name) else { return false };
    let mut at = 0;
    while let Some((head, next)) = raw.head_at(at) {
        if (head.name, head.kind) == (offset, kind) {
            return true;
        }
        at = next;
    }
    false
}
