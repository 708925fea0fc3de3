// SPDX-License-Identifier: Apache-2.0 OR MIT
//! libbpf's own CO-RE relocation, without loading anything.
//!
//! libbpf relocates only while it loads. The functions that do it are linked
//! into its static library but in no public header; they are declared in
//! libbpf's relo_core.h and libbpf_internal.h, and so are the structs below.
//! The crate pins the version of libbpf that they belong to.

use std::{
    collections::HashMap,
    ffi::{CStr, c_char, c_int},
    ptr::NonNull,
};

use bpfsign_format::bpf::{RawRelocation, instruction::LOAD_WIDE};
use libbpf_rs::libbpf_sys::{
    bpf_core_relo, bpf_insn, btf, btf__free, btf__new, btf__str_by_offset, btf__type_by_id,
    btf__type_cnt,
};

/// `BPF_CORE_TYPE_ID_LOCAL`.
const TYPE_ID_LOCAL: u32 = 6;
/// `BPF_CORE_SPEC_MAX_LEN`.
const SPEC_LENGTH: usize = 64;

#[repr(C)]
#[derive(Clone, Copy)]
struct Candidate {
    btf: *const btf,
    id: u32,
}

#[repr(C)]
struct CandidateList {
    candidates: *mut Candidate,
    length: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Accessor {
    type_id: u32,
    index: u32,
    name: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Spec {
    btf: *const btf,
    spec: [Accessor; SPEC_LENGTH],
    root_type_id: u32,
    kind: u32,
    length: c_int,
    raw_spec: [c_int; SPEC_LENGTH],
    raw_length: c_int,
    bit_offset: u32,
}

#[repr(C)]
struct RelocationResult {
    orig_val: u64,
    new_val: u64,
    poison: bool,
    validate: bool,
    fail_memsz_adjust: bool,
    orig_sz: u32,
    orig_type_id: u32,
    new_sz: u32,
    new_type_id: u32,
}

unsafe extern "C" {
    fn bpf_core_essential_name_len(name: *const c_char) -> usize;
    fn bpf_core_add_cands(
        local: *mut Candidate,
        essential_length: usize,
        target: *const btf,
        target_name: *const c_char,
        first_id: c_int,
        list: *mut CandidateList,
    ) -> c_int;
    fn bpf_core_free_cands(list: *mut CandidateList);
    fn bpf_core_calc_relo_insn(
        program: *const c_char,
        relocation: *const bpf_core_relo,
        index: c_int,
        local: *const btf,
        list: *mut CandidateList,
        scratch: *mut Spec,
        result: *mut RelocationResult,
    ) -> c_int;
    fn bpf_core_patch_insn(
        program: *const c_char,
        instruction: *mut bpf_insn,
        instruction_index: c_int,
        relocation: *const bpf_core_relo,
        index: c_int,
        result: *const RelocationResult,
    ) -> c_int;
}

/// Parsed BTF.
pub(crate) struct ParsedBtf(NonNull<btf>);

impl ParsedBtf {
    /// Parses raw BTF; `None` when libbpf refuses it.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let size = u32::try_from(bytes.len()).ok()?;
        // SAFETY: libbpf copies `size` bytes, which is how many there are.
        NonNull::new(unsafe { btf__new(bytes.as_ptr().cast(), size) }).map(Self)
    }
}

impl Drop for ParsedBtf {
    fn drop(&mut self) {
        // SAFETY: from btf__new(), and nothing refers to it any more: a
        // `Relocator` borrows what it uses.
        unsafe { btf__free(self.0.as_ptr()) };
    }
}

/// What a relocation resolves to in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The type that the access starts from; 0 when the target has none.
    pub(crate) root: u32,
    /// Indices of members and array elements, from the root on.
    pub(crate) path: Vec<usize>,
}

/// Relocates instructions of one object against one target, as libbpf does.
pub(crate) struct Relocator<'b> {
    local: &'b ParsedBtf,
    target: &'b ParsedBtf,
    lists: HashMap<u32, NonNull<CandidateList>>,
}

impl<'b> Relocator<'b> {
    pub(crate) fn new(local: &'b ParsedBtf, target: &'b ParsedBtf) -> Self {
        Self { local, target, lists: HashMap::new() }
    }

    /// Applies relocation number `index` to the instruction at `at` of a
    /// section. An instruction that the target gives no value for becomes a
    /// call that the kernel's verifier refuses, as in a load.
    ///
    /// # Errors
    /// libbpf's negative errno: it would refuse to load the object.
    pub(crate) fn apply(
        &mut self,
        relocation: RawRelocation,
        index: usize,
        instructions: &mut [bpf_insn],
        at: usize,
    ) -> Result<Resolved, i32> {
        // A relocation may change an instruction of two slots.
        let slots = instructions.get_mut(at..).filter(|rest| !rest.is_empty());
        let slots = slots.ok_or(-libc::EINVAL)?;
        let wide = slots[0].code == LOAD_WIDE;
        if wide && slots.len() < 2 {
            return Err(-libc::EINVAL);
        }
        let local = self.local.0.as_ptr();
        let raw = bpf_core_relo {
            insn_off: relocation.offset,
            type_id: relocation.type_id,
            access_str_off: relocation.access_offset,
            kind: relocation.kind,
        };
        let index = c_int::try_from(index).map_err(|_| -libc::EINVAL)?;
        let program = c"program".as_ptr();
        let list = self.candidates(relocation)?;
        // SAFETY: plain numbers and null pointers are valid for these structs.
        let (mut scratch, mut result): ([Spec; 3], RelocationResult) =
            unsafe { std::mem::zeroed() };
        // SAFETY: every pointer is to a live value of the struct that
        // relo_core.h declares, and libbpf wants three specs as scratch space.
        let error = unsafe {
            bpf_core_calc_relo_insn(
                program,
                &raw,
                index,
                local,
                list,
                scratch.as_mut_ptr(),
                &mut result,
            )
        };
        if error != 0 {
            return Err(error);
        }
        let number = c_int::try_from(at).map_err(|_| -libc::EINVAL)?;
        // SAFETY: the instruction and, where it is a wide one, its second slot
        // are inside `slots`, as was checked above.
        let error = unsafe {
            bpf_core_patch_insn(program, slots.as_mut_ptr(), number, &raw, index, &result)
        };
        if error != 0 {
            return Err(error);
        }
        // The third spec is what was found in the target.
        let found = &scratch[2];
        let length = usize::try_from(found.raw_length).unwrap_or(0).min(SPEC_LENGTH);
        let path = found.raw_spec[..length].iter().skip(1);
        let path = path.map(|&index| usize::try_from(index).unwrap_or(0)).collect();
        Ok(Resolved { root: found.root_type_id, path })
    }

    /// The target's types that may be meant by a type of the object.
    fn candidates(&mut self, relocation: RawRelocation) -> Result<*mut CandidateList, i32> {
        let id = relocation.type_id;
        if let Some(list) = self.lists.get(&id) {
            return Ok(list.as_ptr());
        }
        // SAFETY: zeroes are an empty list; bpf_core_free_cands() gives it back
        // to malloc.
        let list = unsafe { libc::calloc(1, size_of::<CandidateList>()) };
        let list = NonNull::new(list.cast()).ok_or(-libc::ENOMEM)?;
        self.lists.insert(id, list);
        // For a number of the object's own types, libbpf looks for no candidates.
        if relocation.kind != TYPE_ID_LOCAL {
            self.find_candidates(id, list)?;
        }
        Ok(list.as_ptr())
    }

    fn find_candidates(&self, type_id: u32, list: NonNull<CandidateList>) -> Result<(), i32> {
        let name = self.local_name(type_id).ok_or(-libc::EINVAL)?;
        // bpf_core_resolve_relo() of libbpf.c refuses a type without a name.
        if name.is_empty() {
            return Err(-libc::EINVAL);
        }
        let mut local = Candidate { btf: self.local.0.as_ptr(), id: type_id };
        // SAFETY: a C string, and live BTF whose types are looked through
        // from number 1 on.
        let error = unsafe {
            let essential = bpf_core_essential_name_len(name.as_ptr());
            bpf_core_add_cands(
                &mut local,
                essential,
                self.target.0.as_ptr(),
                c"target".as_ptr(),
                1,
                list.as_ptr(),
            )
        };
        if error == 0 { Ok(()) } else { Err(error) }
    }

    fn local_name(&self, type_id: u32) -> Option<&CStr> {
        let local = self.local.0.as_ptr();
        // SAFETY: live BTF; the number is checked against its count, and the
        // string lives as long as the BTF.
        unsafe {
            if type_id >= btf__type_cnt(local) {
                return None;
            }
            let record = NonNull::new(btf__type_by_id(local, type_id).cast_mut())?;
            let name = NonNull::new(btf__str_by_offset(local, record.as_ref().name_off).cast_mut());
            name.map(|name| CStr::from_ptr(name.as_ptr()))
        }
    }
}

impl Drop for Relocator<'_> {
    fn drop(&mut self) {
        for list in self.lists.values() {
            // SAFETY: from calloc(), with what bpf_core_add_cands() added.
            unsafe { bpf_core_free_cands(list.as_ptr()) };
        }
    }
}
