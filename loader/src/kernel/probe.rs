// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the running kernel can do, found by trying: vendors bring features to
//! old versions, so the version says nothing.

use std::{
    ffi::c_int,
    os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd},
    ptr,
};

use bpfsign_format::bpf::{Ability, Needs, map_type_name, program_type_name};
use libbpf_rs::{
    MapHandle, MapType, ProgramAttachType, ProgramType,
    libbpf_sys::{
        BPF_PROG_TYPE_SOCKET_FILTER, bpf_insn, bpf_map_create_opts, bpf_prog_load,
        bpf_prog_load_opts,
    },
};

/// How programs attach by a type of the kernel's BTF, by the start of their
/// section (section_defs in libbpf.c).
const BY_BTF: [(&str, ProgramAttachType); 6] = [
    ("tp_btf", ProgramAttachType::TraceRawTp),
    ("iter", ProgramAttachType::TraceIter),
    ("fentry", ProgramAttachType::TraceFentry),
    ("fexit", ProgramAttachType::TraceFexit),
    ("fmod_ret", ProgramAttachType::ModifyReturn),
    ("lsm", ProgramAttachType::LsmMac),
];

/// What `needs` asks for and the kernel lacks, in words. What cannot be tried
/// (helpers of programs that attach by BTF) is left to the load itself.
pub(crate) fn missing(needs: &Needs) -> Vec<String> {
    let mut missing = Vec::new();
    let lacks = |supported: libbpf_rs::Result<bool>| matches!(supported, Ok(false));
    for (kind, section) in &needs.program_types {
        let lacking = match BY_BTF.iter().find(|(start, _)| start == section) {
            Some((_, attach)) => !attaches(*kind, attach.clone()),
            None => lacks(kind.is_supported()),
        };
        if lacking {
            missing
                .push(format!("programs of type {} ({section})", program_type_name(*kind as u32)));
        }
    }
    for kind in &needs.map_types {
        if lacks(kind.is_supported()) {
            missing.push(format!("maps of type {}", map_type_name(*kind as u32)));
        }
    }
    for ability in needs.abilities.iter().filter(|a| !has(**a)) {
        missing.push(match ability {
            Ability::GlobalData => "global data".to_owned(),
            Ability::LongPrograms => "programs of more than 4096 instructions".to_owned(),
            Ability::Loops => "loops".to_owned(),
            Ability::Cpu(version) => format!("-mcpu=v{version} instructions"),
            Ability::Atomics => "atomic operations that return the old value".to_owned(),
        });
    }
    for (kind, helper) in &needs.helpers {
        if lacks(kind.is_helper_supported(*helper)) {
            missing.push(format!("helper {helper} for type {}", program_type_name(*kind as u32)));
        }
    }
    missing
}

fn has(ability: Ability) -> bool {
    match ability {
        Ability::GlobalData => has_global_data(),
        Ability::LongPrograms => loads(&[MOVE; 4097]),
        // r0 = 1; if r0 == 0 goto itself; exit.
        Ability::Loops => loads(&[MOVE, insn(0x07, 0, 0, 1), insn(0xa5, 0, -2, 4)]),
        // if w0 == 0 goto next.
        Ability::Cpu(3) => loads(&[MOVE, insn(0x16, 0, 0, 0)]),
        // r0 = (s8)r0.
        Ability::Cpu(_) => loads(&[MOVE, insn(0xbf, 0, 8, 0)]),
        // *(u64 *)(r10 - 8) += r0, and r0 becomes the old value.
        Ability::Atomics => loads(&[MOVE, insn(0x7b, 10, -8, 0), insn(0xdb, 10, -8, 1)]),
    }
}

/// r0 = 0.
const MOVE: bpf_insn = insn(0xb7, 0, 0, 0);
/// exit.
const EXIT: bpf_insn = insn(0x95, 0, 0, 0);

const fn insn(code: u8, registers: u8, off: i16, imm: i32) -> bpf_insn {
    // SAFETY: eight bytes of plain numbers, in the kernel's order for this
    // little-endian architecture (include/uapi/linux/bpf.h).
    unsafe {
        let [off_low, off_high] = off.to_le_bytes();
        let [a, b, c, d] = imm.to_le_bytes();
        std::mem::transmute([code, registers, off_low, off_high, a, b, c, d])
    }
}

/// Whether the kernel loads these instructions and an exit.
fn loads(code: &[bpf_insn]) -> bool {
    let code = [code, &[EXIT]].concat();
    // SAFETY: C strings and as many instructions as there are; no options.
    let fd = unsafe {
        bpf_prog_load(
            BPF_PROG_TYPE_SOCKET_FILTER,
            c"bpfsign_probe".as_ptr(),
            c"GPL".as_ptr(),
            code.as_ptr(),
            code.len() as _,
            ptr::null_mut(),
        )
    };
    close(fd)
}

/// Whether programs may attach in this way by a type of the kernel's BTF: tried
/// with type number 1, which is no hook. A kernel that knows the way says so; one
/// that does not, or that forbids it, says nothing (check_attach_btf_id() in
/// kernel/bpf/verifier.c). libbpf's own trial knows one way only.
fn attaches(kind: ProgramType, attach: ProgramAttachType) -> bool {
    let mut log = [0_u8; 256];
    const SAID: &[u8] = b"attach_btf_id";
    loads_at(kind, attach, 1, &mut log) || log.windows(SAID.len()).any(|w| w == SAID)
}

/// Whether a program that does nothing loads for the hook with this number in the
/// kernel's BTF. What the verifier says goes to `log`.
pub(super) fn loads_at(
    kind: ProgramType,
    attach: ProgramAttachType,
    number: u32,
    log: &mut [u8],
) -> bool {
    let mut options = bpf_prog_load_opts {
        sz: size_of::<bpf_prog_load_opts>() as _,
        expected_attach_type: attach as u32,
        attach_btf_id: number,
        log_level: 1,
        log_size: log.len() as u32,
        log_buf: log.as_mut_ptr().cast(),
        ..Default::default()
    };
    let code = [MOVE, EXIT];
    // SAFETY: C strings, as many instructions as there are, and a log buffer of
    // the size that the options say; all live through the call.
    let fd = unsafe {
        bpf_prog_load(
            kind as u32,
            c"bpfsign_probe".as_ptr(),
            c"GPL".as_ptr(),
            code.as_ptr(),
            code.len() as _,
            &mut options,
        )
    };
    close(fd)
}

/// Whether there was a program, which goes again.
fn close(fd: c_int) -> bool {
    // SAFETY: a new descriptor that nothing else owns.
    fd >= 0 && unsafe { OwnedFd::from_raw_fd(fd) }.as_raw_fd() >= 0
}

/// A program that reads the first bytes of an array by its address.
fn has_global_data() -> bool {
    let options =
        bpf_map_create_opts { sz: size_of::<bpf_map_create_opts>() as _, ..Default::default() };
    let map = MapHandle::create(MapType::Array, Some("bpfsign_probe"), 4, 8, 1, &options);
    let Ok(map) = map else { return false };
    // r1 = address of the map's value at offset 0 (BPF_PSEUDO_MAP_VALUE).
    let address = insn(0x18, 0x21, 0, map.as_fd().as_raw_fd());
    loads(&[address, insn(0, 0, 0, 0), MOVE])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This repository's tests need Linux 5.10 or newer, which has all of these.
    #[test]
    #[ignore = "needs root: make test"]
    fn this_kernel_has_what_newer_kernels_have() {
        assert!(has(Ability::GlobalData) && has(Ability::LongPrograms));
        assert!(has(Ability::Loops) && has(Ability::Cpu(3)));
        assert!(!loads(&[insn(0x05, 0, -1, 0)]), "an endless loop");
        assert!(attaches(ProgramType::Tracing, ProgramAttachType::TraceRawTp));
        assert!(attaches(ProgramType::Tracing, ProgramAttachType::TraceIter));
        // An attach type that belongs to no tracing program.
        assert!(!attaches(ProgramType::Tracing, ProgramAttachType::CgroupInetIngress));
    }
}
