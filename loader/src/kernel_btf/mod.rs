// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an object needs of the kernel's BTF, cut out of it.
//!
//! libbpf reads all of the kernel's BTF (5 MB, more than 100,000 types) to load
//! one tracing program, and that is most of the time that a load takes. Here
//! one pass over it finds the few types that the object's CO-RE relocations
//! name, and the numbers of the hooks that its programs attach to; libbpf then
//! relocates against a BTF of those types alone. Where that would not be
//! exactly what libbpf does with the whole, the answer is `None`, and libbpf
//! reads the whole.

mod cut;
#[allow(unsafe_code, reason = "mapping a file")]
mod map;
mod read;

use std::collections::BTreeMap;

use bpfsign_format::bpf::{ObjectFacts, core_types};

use cut::cut;
use map::Mapped;

/// Where the kernel shows its BTF.
const VMLINUX: &str = "/sys/kernel/btf/vmlinux";

/// A part of the kernel's BTF that is enough for one object.
#[derive(Debug)]
pub(crate) struct KernelBtf {
    /// BTF of the types that the object's relocations name.
    pub(crate) types: Vec<u8>,
    /// The kernel's type numbers of the hooks, by ELF section.
    pub(crate) hooks: BTreeMap<String, u32>,
}

/// Names, in the kernel's BTF, of what programs of these sections attach to
/// (`btf_kind` and prefix as in libbpf_find_attach_btf_id() of libbpf.c).
const HOOKS: [(&str, &str, u32); 2] =
    [("tp_btf/", "btf_trace_", read::TYPEDEF), ("iter/", "bpf_iter_", read::FUNC)];

impl KernelBtf {
    /// What `object` needs; `None` when a part is not enough, or when there is
    /// no kernel BTF.
    pub(crate) fn for_object(object: &[u8], facts: &ObjectFacts) -> Option<Self> {
        let types = core_types(object).ok()??;
        let hooks = facts
            .programs
            .iter()
            .filter(|p| p.program_type == "tracing")
            .map(|p| {
                let of = |(section, prefix, kind): (&str, &str, u32)| {
                    let name = p.section.strip_prefix(section)?;
                    Some((p.section.clone(), format!("{prefix}{name}"), kind))
                };
                HOOKS.into_iter().find_map(of)
            })
            .collect::<Option<Vec<_>>>()?;
        // LSM and struct_ops programs make libbpf read the whole anyway.
        if facts.programs.iter().any(|p| ["lsm", "struct_ops", "ext"].contains(&&*p.program_type)) {
            return None;
        }
        if types.is_empty() && hooks.is_empty() {
            // Then libbpf does not read it either.
            return None;
        }
        let kernel = Mapped::open(VMLINUX.as_ref()).ok()?;
        cut(&kernel, &types, &hooks)
    }
}
