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

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::CStr,
    thread::{self, JoinHandle},
};

use bpfsign_format::bpf::{ProgramFacts, raw_btf::kind};

use cut::{cut, numbers};
use libbpf_rs::libbpf_sys::{
    BPF_TRACE_FENTRY, BPF_TRACE_FEXIT, BPF_TRACE_ITER, BPF_TRACE_RAW_TP, bpf_attach_type,
};
use map::Mapped;

/// Where the kernel shows its BTF.
pub(super) const VMLINUX: &str = "/sys/kernel/btf/vmlinux";

/// A part of the kernel's BTF that is enough for one object.
#[derive(Debug)]
pub(crate) struct KernelBtf {
    /// BTF of the types that the object's relocations name.
    pub(crate) types: Vec<u8>,
    /// The kernel's type numbers of the hooks, by ELF section.
    pub(crate) hooks: BTreeMap<String, u32>,
}

/// A kind of hook that libbpf need not look for itself.
pub(crate) struct HookKind {
    /// The start of the ELF section, as libbpf wants it for a handler.
    pub(crate) section: &'static CStr,
    /// How its programs attach.
    pub(crate) attach_type: bpf_attach_type,
    /// The name in the kernel's BTF starts with this, and is of this kind
    /// (libbpf_find_attach_btf_id() in libbpf.c).
    prefix: &'static str,
    kind: u32,
}

/// The kinds of hooks whose numbers are found here.
pub(crate) const HOOKS: [HookKind; 4] = [
    HookKind {
        section: c"tp_btf+",
        attach_type: BPF_TRACE_RAW_TP,
        prefix: "btf_trace_",
        kind: kind::TYPEDEF,
    },
    HookKind {
        section: c"iter+",
        attach_type: BPF_TRACE_ITER,
        prefix: "bpf_iter_",
        kind: kind::FUNC,
    },
    HookKind { section: c"fentry+", attach_type: BPF_TRACE_FENTRY, prefix: "", kind: kind::FUNC },
    HookKind { section: c"fexit+", attach_type: BPF_TRACE_FEXIT, prefix: "", kind: kind::FUNC },
];

impl HookKind {
    /// Name and kind, in the kernel's BTF, of the hook of a section.
    fn find(section: &str) -> Option<(String, u32)> {
        HOOKS.iter().find_map(|hook| {
            let start = hook.section.to_str().ok()?.trim_end_matches('+');
            let name = section.strip_prefix(start)?.strip_prefix('/')?;
            Some((format!("{}{name}", hook.prefix), hook.kind))
        })
    }
}

/// The numbers of those hooks that the kernel's BTF has, by section.
pub(crate) fn hook_numbers<'s>(sections: impl Iterator<Item = &'s str>) -> BTreeMap<String, u32> {
    let wanted: Vec<_> = sections
        .filter_map(|section| {
            let (name, kind) = HookKind::find(section)?;
            Some((section.to_owned(), name, kind))
        })
        .collect();
    match wanted.is_empty() {
        true => BTreeMap::new(),
        false => Mapped::open(VMLINUX.as_ref()).map(|b| numbers(&b, &wanted)).unwrap_or_default(),
    }
}

impl KernelBtf {
    /// What an object needs for those of its programs whose relocations name `wanted`
    /// types (`None`: all); `None` when a part is not enough, or when there is no kernel BTF.
    /// With `types`, BTF for exactly this kernel that the object
    /// brought, only hooks are looked for in the kernel's, and nothing when
    /// there are none.
    pub(crate) fn for_object(
        wanted: Option<&BTreeSet<String>>,
        programs: &[&ProgramFacts],
        types: Option<&[u8]>,
    ) -> Option<Self> {
        // LSM and struct_ops programs make libbpf read the whole anyway.
        if programs.iter().any(|p| ["lsm", "struct_ops", "ext"].contains(&&*p.program_type)) {
            return types.map(|types| Self { types: types.to_vec(), hooks: BTreeMap::new() });
        }
        let hooks = hooks(programs);
        match (types, &hooks) {
            (Some(types), Some(hooks)) if hooks.is_empty() => {
                Some(Self { types: types.to_vec(), hooks: BTreeMap::new() })
            }
            (Some(types), hooks) => {
                let found = hooks.as_ref().and_then(|hooks| {
                    cut(&Mapped::open(VMLINUX.as_ref()).ok()?, &BTreeSet::new(), hooks)
                });
                // Without numbers, libbpf looks for the hooks itself.
                let hooks = found.map(|found| found.hooks).unwrap_or_default();
                Some(Self { types: types.to_vec(), hooks })
            }
            (None, hooks) => {
                let (types, hooks) = (wanted?, hooks.as_ref()?);
                if types.is_empty() && hooks.is_empty() {
                    // Then libbpf does not read it either.
                    return None;
                }
                cut(&Mapped::open(VMLINUX.as_ref()).ok()?, types, hooks)
            }
        }
    }
}

/// [`KernelBtf`], made by another thread while this one tries what the kernel can do.
#[derive(Debug)]
pub(crate) struct Ahead(Option<JoinHandle<Option<KernelBtf>>>);

impl Ahead {
    /// Stack of a thread that keeps nothing large there, in bytes.
    const STACK: usize = 256 * 1024;

    /// Begins to make what an object needs for all of its programs, whose relocations name
    /// `types`.
    pub(crate) fn begin(types: &BTreeSet<String>, programs: &[ProgramFacts]) -> Self {
        let (types, programs) = (types.clone(), programs.to_vec());
        let make = move || {
            let programs: Vec<_> = programs.iter().collect();
            KernelBtf::for_object(Some(&types), &programs, None)
        };
        // Without another thread, it is made when it is needed.
        Self(thread::Builder::new().stack_size(Self::STACK).spawn(make).ok())
    }

    /// What [`KernelBtf::for_object`] gives; `None` when there was no thread to ask it.
    pub(crate) fn finish(self) -> Option<Option<KernelBtf>> {
        self.0?.join().ok()
    }
}

/// Section, name and kind of each hook; `None` when there is one of another
/// kind.
fn hooks(programs: &[&ProgramFacts]) -> Option<Vec<(String, String, u32)>> {
    let tracing = programs.iter().filter(|p| p.program_type == "tracing");
    tracing
        .map(|p| {
            let (name, kind) = HookKind::find(&p.section)?;
            Some((p.section.clone(), name, kind))
        })
        .collect()
}
