// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An object's facts, read without libbpf, for loaders that do not use it. An object with
//! something that this reader does not know is refused: such a loader might act on what the
//! policy never saw.

use std::collections::BTreeSet;

use super::{
    BpfError, MapFacts, ObjectFacts, ProgramFacts, Sections, declared, facts::SUBPROGRAMS,
    instruction::helpers_in,
};

/// Types of programs by their section (section_defs in libbpf.c): its whole name, or, where
/// the entry ends in a slash, the beginning of the name.
const TYPES: [(&str, &str); 30] = [
    ("kprobe/", "kprobe"),
    ("kretprobe/", "kprobe"),
    ("kprobe", "kprobe"),
    ("kretprobe", "kprobe"),
    ("ksyscall/", "kprobe"),
    ("uprobe", "kprobe"),
    ("uprobe/", "kprobe"),
    ("uretprobe", "kprobe"),
    ("uretprobe/", "kprobe"),
    ("tracepoint/", "tracepoint"),
    ("tp/", "tracepoint"),
    ("raw_tracepoint/", "raw_tracepoint"),
    ("raw_tp/", "raw_tracepoint"),
    ("tp_btf/", "tracing"),
    ("fentry/", "tracing"),
    ("fexit/", "tracing"),
    ("fmod_ret/", "tracing"),
    ("iter/", "tracing"),
    ("lsm/", "lsm"),
    ("perf_event", "perf_event"),
    ("socket", "socket_filter"),
    ("xdp", "xdp"),
    ("tc", "sched_cls"),
    ("classifier", "sched_cls"),
    ("cgroup_skb/ingress", "cgroup_skb"),
    ("cgroup_skb/egress", "cgroup_skb"),
    ("sockops", "sock_ops"),
    ("sk_msg", "sk_msg"),
    ("sk_lookup", "sk_lookup"),
    ("syscall", "syscall"),
];
/// Sections that libbpf makes a map of.
const DATA: [&str; 4] = [".rodata", ".data", ".bss", ".kconfig"];
/// Sections that loaders act on, and that this reader does not judge.
const UNKNOWN: [&str; 5] = ["maps", ".struct_ops", ".struct_ops.link", ".arena.1", ".ksyms"];

impl ObjectFacts {
    /// The facts of an object, by its ELF sections and its BTF; nothing is loaded.
    /// Flags of libbpf's own maps are not known.
    ///
    /// # Errors
    /// [`BpfError`]: it is malformed, has no BTF, or has what is not known here: maps in
    /// maps, structs of operations, and sections of other program types.
    pub fn read(bytes: &[u8]) -> Result<Self, BpfError> {
        let sections = Sections::read(bytes)?;
        let sizes = sections.sizes();
        if let Some(section) = UNKNOWN.iter().find(|name| sizes.contains_key(**name)) {
            return Err(BpfError::Open(format!("section `{section}` is not known here")));
        }
        let mut maps = declared::maps(sections.data(".BTF").ok_or(BpfError::NoBtf)?)?;
        for (name, size) in &sizes {
            let is_data = DATA
                .iter()
                .any(|d| name.strip_prefix(d).is_some_and(|r| r.is_empty() || r.starts_with('.')));
            if is_data && *size > 0 {
                maps.push(internal(name, *size)?);
            }
        }
        Ok(Self { programs: programs(&sections)?, maps })
    }
}

/// The programs: all functions but those in the section of subprograms.
fn programs(sections: &Sections<'_>) -> Result<Vec<ProgramFacts>, BpfError> {
    let shared = helpers_in(sections.data(SUBPROGRAMS).unwrap_or_default());
    let shared_functions = sections.kernel_functions_of(SUBPROGRAMS);
    let entries = sections.functions().iter().filter(|f| f.section != SUBPROGRAMS);
    entries
        .map(|function| {
            let outside = || BpfError::Open(format!("`{}` is not in its section", function.name));
            let (start, end) = (function.start * 8, (function.start + function.length) * 8);
            let code = sections.data(&function.section).and_then(|d| d.get(start..end));
            let helpers: BTreeSet<u32> = helpers_in(code.ok_or_else(outside)?);
            let range = function.start..function.start + function.length;
            let functions = sections.kernel_functions(&function.section, range);
            Ok(ProgramFacts {
                name: function.name.clone(),
                section: function.section.clone(),
                program_type: program_type(&function.section)?.to_owned(),
                instructions: function.length,
                helpers: &helpers | &shared,
                kernel_functions: &functions | &shared_functions,
            })
        })
        .collect()
}

fn program_type(section: &str) -> Result<&'static str, BpfError> {
    let named = TYPES.iter().find(|(start, _)| match start.ends_with('/') {
        true => section.starts_with(start),
        false => section == *start,
    });
    named.map(|(_, kind)| *kind).ok_or_else(|| {
        BpfError::Open(format!("section `{section}` names no program type that bpfsign knows"))
    })
}

/// The map of a section with global data.
fn internal(section: &str, size: u64) -> Result<MapFacts, BpfError> {
    let value_size = u32::try_from(size)
        .map_err(|_| BpfError::Open(format!("section `{section}` is too large")))?;
    // The map of a section such as `.data.mine` has the section's name (internal_map_name()).
    let name = match section.matches('.').count() {
        1 => format!("bpfsign{section}"),
        _ => section.to_owned(),
    };
    Ok(MapFacts {
        name,
        map_type: "array".to_owned(),
        key_size: 4,
        value_size,
        max_entries: 1,
        flags: 0,
        internal: true,
    })
}
