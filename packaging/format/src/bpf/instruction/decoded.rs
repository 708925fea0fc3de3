// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Instructions as libbpf decodes them, and where control goes from each.

use std::collections::BTreeMap;

use libbpf_rs::libbpf_sys::bpf_insn;

use super::{CALL, LOAD_WIDE};
use crate::bpf::Sections;

/// `BPF_JMP | BPF_EXIT`.
pub const EXIT: u8 = 0x95;

/// Class: loads into a register.
pub const CLASS_LDX: u8 = 1;
/// Class: stores from a register, and atomic operations.
pub const CLASS_STX: u8 = 3;
/// Class: arithmetic on 32 bits.
pub const CLASS_ALU: u8 = 4;
/// Class: jumps that compare 64 bits, calls and exits.
pub const CLASS_JMP: u8 = 5;
/// Class: jumps that compare 32 bits.
pub const CLASS_JMP32: u8 = 6;
/// Class: arithmetic on 64 bits.
pub const CLASS_ALU64: u8 = 7;

/// The class, the low three bits of the code.
pub fn class(i: &bpf_insn) -> u8 {
    i.code & 7
}

/// A call, of a helper, a subprogram or a kernel function.
pub fn is_call(i: &bpf_insn) -> bool {
    i.code == CALL
}

/// A call of a subprogram (`BPF_PSEUDO_CALL`).
pub fn is_local_call(i: &bpf_insn) -> bool {
    is_call(i) && i.src_reg() == 1
}

/// Jumps to `next + offset`, always.
pub fn is_jump_always(i: &bpf_insn) -> bool {
    matches!(i.code, 0x05 | 0x06)
}

/// How far a jump goes, from the next instruction on; `None` for other instructions.
pub fn jump(i: &bpf_insn) -> Option<i64> {
    match class(i) {
        // gotol has its distance in imm.
        CLASS_JMP32 if i.code == 0x06 => Some(i64::from(i.imm)),
        CLASS_JMP | CLASS_JMP32 if i.code != CALL && i.code != EXIT => Some(i64::from(i.off)),
        _ => None,
    }
}

/// All eight bytes, for comparing.
pub fn word(i: &bpf_insn) -> (u8, u8, u8, i16, i32) {
    (i.code, i.dst_reg(), i.src_reg(), i.off, i.imm)
}

/// The number of the helper that an instruction calls: a call whose source
/// register is 0 (1 is a subprogram, 2 a kernel function).
pub fn helper(i: &bpf_insn) -> Option<u32> {
    (i.code == CALL && i.src_reg() == 0).then_some(i.imm as u32)
}

/// The oldest `-mcpu` version that has this instruction.
pub fn cpu_version(i: &bpf_insn) -> u8 {
    let operation = i.code & 0xf0;
    match class(i) {
        CLASS_JMP32 if i.code == 0x06 => 4,
        CLASS_JMP32 => 3,
        // JLT, JLE, JSLT, JSLE.
        CLASS_JMP if operation >= 0xa0 => 2,
        // Sign-extending loads.
        CLASS_LDX if i.code & 0xe0 == 0x80 => 4,
        // bswap, and signed division, modulo and move, which have an offset.
        CLASS_ALU64 if operation == 0xd0 => 4,
        CLASS_ALU | CLASS_ALU64 if i.off != 0 && operation != 0xd0 => 4,
        _ => 1,
    }
}

/// An atomic operation other than an addition that forgets the old value.
pub fn is_new_atomic(i: &bpf_insn) -> bool {
    class(i) == CLASS_STX && i.code & 0xe0 == 0xc0 && i.imm != 0
}

/// The instructions of every section that holds a function.
pub fn sections(sections: &Sections<'_>) -> BTreeMap<String, Vec<bpf_insn>> {
    let names = sections.functions().iter().map(|f| f.section.clone());
    names
        .filter_map(|name| {
            let code = decode(sections.data(&name)?);
            Some((name, code))
        })
        .collect()
}

fn decode(bytes: &[u8]) -> Vec<bpf_insn> {
    bytes
        .chunks_exact(8)
        .map(|b| {
            let mut i = bpf_insn {
                code: b[0],
                off: i16::from_le_bytes([b[2], b[3]]),
                imm: i32::from_le_bytes([b[4], b[5], b[6], b[7]]),
                ..bpf_insn::default()
            };
            i.set_dst_reg(b[1] & 15);
            i.set_src_reg(b[1] >> 4);
            i
        })
        .collect()
}

/// An instruction that may jump back to one that led to it: what kernels
/// before bounded loops refuse (check_cfg() in kernel/bpf/verifier.c), which
/// follow both ways of every branch.
pub fn find_loop(function: &[bpf_insn]) -> Option<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::New; function.len()];
    let mut path = vec![(0, 0)];
    while let Some((at, branch)) = path.last_mut() {
        let (at, next) = (*at, *branch);
        *branch += 1;
        if at >= function.len() {
            path.pop();
            continue;
        }
        marks[at] = Mark::OnPath;
        match ways(function, at).get(next).copied().flatten() {
            Some(to) => match marks.get(to) {
                Some(Mark::OnPath) => return Some(at),
                Some(Mark::New) => path.push((to, 0)),
                _ => {}
            },
            None if next >= 2 => {
                marks[at] = Mark::Done;
                path.pop();
            }
            None => {}
        }
    }
    None
}

/// Where control may go: to the next instruction, and where a jump leads.
pub fn ways(function: &[bpf_insn], at: usize) -> [Option<usize>; 2] {
    let Some(i) = function.get(at) else { return [None, None] };
    let next = at + if i.code == LOAD_WIDE { 2 } else { 1 };
    if i.code == EXIT {
        return [None, None];
    }
    let target = jump(i).map(|distance| usize::try_from(next as i64 + distance));
    let target = target.map(|t| t.unwrap_or(usize::MAX));
    match is_jump_always(i) {
        true => [None, target],
        false => [Some(next), target],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insn(code: u8, off: i16) -> bpf_insn {
        bpf_insn { code, off, ..bpf_insn::default() }
    }

    #[test]
    fn a_jump_back_is_a_loop_only_when_it_leads_around() {
        let around = [insn(0x07, 0), insn(0x55, -2), insn(EXIT, 0)];
        assert_eq!(find_loop(&around), Some(1));
        // goto +1; exit; goto -2: backwards, and never twice.
        let back = [insn(0x05, 1), insn(EXIT, 0), insn(0x05, -2)];
        assert_eq!(find_loop(&back), None);
        let itself = [insn(0x05, -1)];
        assert_eq!(find_loop(&itself), Some(0));
        assert_eq!(find_loop(&[]), None);
        assert_eq!(find_loop(&[insn(0x55, 9), insn(0x05, -9)]), None);
    }

    #[test]
    fn each_version_brought_instructions() {
        let mut add = insn(0xdb, 0);
        assert_eq!((cpu_version(&insn(0x15, 1)), cpu_version(&insn(0xa5, 1))), (1, 2));
        assert_eq!((cpu_version(&insn(0x16, 1)), cpu_version(&insn(0x06, 1))), (3, 4));
        assert_eq!((cpu_version(&insn(0xbf, 8)), cpu_version(&insn(0xd7, 0))), (4, 4));
        assert_eq!((cpu_version(&insn(0x81, 0)), cpu_version(&insn(0xdc, 0))), (4, 1));
        assert!(!is_new_atomic(&add));
        add.imm = 1;
        assert!(is_new_atomic(&add) && !is_new_atomic(&insn(0x7b, 0)));
    }
}
