// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which instructions the kernel's verifier gets to.
//!
//! `if (bpf_core_field_exists(...))` becomes a comparison with a constant once
//! libbpf has relocated it, and the verifier does not look at the branch that
//! is never taken. So neither may the check: constants are followed through
//! registers, and a branch that they decide is taken one way only. Where two
//! paths meet with different constants, the value counts as unknown.

use std::collections::BTreeSet;

use bpfsign_format::bpf::instruction::{
    self as code, CLASS_ALU, CLASS_ALU64, CLASS_JMP, CLASS_JMP32, CLASS_LDX,
};
use libbpf_rs::libbpf_sys::bpf_insn;

/// A register's value where it is known.
type Value = Option<u64>;
/// r0 to r10.
type Registers = [Value; 11];

/// The instructions of `function` that are reached from its first.
pub(crate) fn reached(function: &[bpf_insn]) -> BTreeSet<usize> {
    let mut states: Vec<Option<Registers>> = vec![None; function.len()];
    let mut queue = vec![(0, [None; 11])];
    while let Some((at, registers)) = queue.pop() {
        let Some(state) = states.get_mut(at) else { continue };
        let merged = match state {
            None => registers,
            Some(known) => meet(known, &registers),
        };
        if *state == Some(merged) {
            continue;
        }
        *state = Some(merged);
        let mut after = merged;
        step(function, at, &mut after);
        queue.extend(successors(function, at, &merged).into_iter().map(|next| (next, after)));
    }
    (0..function.len()).filter(|&i| states[i].is_some()).collect()
}

fn meet(a: &Registers, b: &Registers) -> Registers {
    std::array::from_fn(|i| a[i].filter(|value| Some(*value) == b[i]))
}

/// Where control may go from `at`.
fn successors(function: &[bpf_insn], at: usize, registers: &Registers) -> Vec<usize> {
    let [next, target] = code::ways(function, at);
    let taken = match (next, target) {
        (Some(_), Some(_)) => taken(&function[at], registers),
        _ => None,
    };
    let ways = match taken {
        Some(true) => [None, target],
        Some(false) => [next, None],
        None => [next, target],
    };
    ways.into_iter().flatten().collect()
}

/// Whether a conditional jump is taken, where that is known.
fn taken(i: &bpf_insn, registers: &Registers) -> Option<bool> {
    let by_register = i.code & 8 != 0;
    let (a, b) = (register(registers, i.dst_reg())?, operand(i, by_register, registers)?);
    let narrow = code::class(i) == CLASS_JMP32;
    let (a, b) = if narrow { (a & 0xffff_ffff, b & 0xffff_ffff) } else { (a, b) };
    let signed = |v: u64| if narrow { i64::from(v as u32 as i32) } else { v as i64 };
    Some(match i.code & 0xf0 {
        0x10 => a == b,
        0x20 => a > b,
        0x30 => a >= b,
        0x40 => a & b != 0,
        0x50 => a != b,
        0x60 => signed(a) > signed(b),
        0x70 => signed(a) >= signed(b),
        0xa0 => a < b,
        0xb0 => a <= b,
        0xc0 => signed(a) < signed(b),
        0xd0 => signed(a) <= signed(b),
        _ => return None,
    })
}

fn register(registers: &Registers, number: u8) -> Value {
    registers.get(usize::from(number)).copied().flatten()
}

fn operand(i: &bpf_insn, by_register: bool, registers: &Registers) -> Value {
    match by_register {
        true => register(registers, i.src_reg()),
        // Immediates are sign-extended.
        false => Some(i64::from(i.imm) as u64),
    }
}

/// What an instruction does to the registers.
fn step(function: &[bpf_insn], at: usize, registers: &mut Registers) {
    let i = &function[at];
    let value = match code::class(i) {
        _ if i.code == code::LOAD_WIDE => wide_constant(function, at),
        _ if code::is_call(i) => {
            registers[..6].fill(None);
            return;
        }
        CLASS_ALU | CLASS_ALU64 => arithmetic(i, registers),
        // Loads, of packets too, into r0 or the destination.
        CLASS_LDX => None,
        0 => {
            registers[0] = None;
            None
        }
        // Atomic operations may write r0 or the source.
        code::CLASS_STX => {
            registers[0] = None;
            if let Some(source) = registers.get_mut(usize::from(i.src_reg())) {
                *source = None;
            }
            return;
        }
        CLASS_JMP | CLASS_JMP32 => return,
        _ => return,
    };
    if let Some(register) = registers.get_mut(usize::from(i.dst_reg())) {
        *register = value;
    }
}

fn wide_constant(function: &[bpf_insn], at: usize) -> Value {
    let (low, high) = (&function[at], function.get(at + 1)?);
    // Another source is a map, a variable or a function.
    (low.src_reg() == 0).then(|| u64::from(low.imm as u32) | u64::from(high.imm as u32) << 32)
}

fn arithmetic(i: &bpf_insn, registers: &Registers) -> Value {
    let b = operand(i, i.code & 8 != 0, registers);
    let operation = i.code & 0xf0;
    if operation == 0xb0 && i.off == 0 {
        return narrowed(i, b?);
    }
    let (a, b) = (register(registers, i.dst_reg())?, b?);
    let narrow = code::class(i) == CLASS_ALU;
    let (a, b) = if narrow { (a & 0xffff_ffff, b & 0xffff_ffff) } else { (a, b) };
    let shift = (b & if narrow { 31 } else { 63 }) as u32;
    narrowed(
        i,
        match operation {
            0x00 => a.wrapping_add(b),
            0x10 => a.wrapping_sub(b),
            0x20 => a.wrapping_mul(b),
            0x40 => a | b,
            0x50 => a & b,
            0x60 => a << shift,
            0x70 => a >> shift,
            0xa0 => a ^ b,
            0xc0 if narrow => ((a as u32 as i32) >> shift) as u32 as u64,
            0xc0 => ((a as i64) >> shift) as u64,
            _ => return None,
        },
    )
}

fn narrowed(i: &bpf_insn, value: u64) -> Value {
    Some(if code::class(i) == CLASS_ALU { value & 0xffff_ffff } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insn(code: u8, dst: u8, off: i16, imm: i32) -> bpf_insn {
        let mut i = bpf_insn { code, off, imm, ..bpf_insn::default() };
        i.set_dst_reg(dst);
        i
    }

    const EXIT: u8 = code::EXIT;

    #[test]
    fn a_branch_decided_by_a_constant_is_taken_one_way() {
        // r1 = 0; if r1 == 0 goto +1; call 4; exit
        let code = [
            insn(0xb7, 1, 0, 0),
            insn(0x15, 1, 1, 0),
            insn(code::CALL, 0, 0, 4),
            insn(EXIT, 0, 0, 0),
        ];
        assert_eq!(reached(&code), BTreeSet::from([0, 1, 3]));
        let mut unknown = code;
        unknown[0] = insn(0x79, 1, 0, 0);
        assert_eq!(reached(&unknown).len(), 4);
        let mut one = code;
        one[0] = insn(0xb4, 1, 0, 1);
        assert_eq!(reached(&one), BTreeSet::from([0, 1, 2, 3]));
    }

    #[test]
    fn paths_with_different_constants_meet_as_unknown() {
        // if r6 == 0 goto +2; r1 = 1; goto +1; r1 = 2; if r1 == 1 goto +1; call; exit
        let code = [
            insn(0x15, 6, 2, 0),
            insn(0xb7, 1, 0, 1),
            insn(0x05, 0, 1, 0),
            insn(0xb7, 1, 0, 2),
            insn(0x15, 1, 1, 1),
            insn(code::CALL, 0, 0, 4),
            insn(EXIT, 0, 0, 0),
        ];
        assert_eq!(reached(&code).len(), 7);
    }

    #[test]
    fn jumps_out_of_the_function_are_survived() {
        assert_eq!(reached(&[insn(0x05, 0, 9, 0)]).len(), 1);
        assert_eq!(reached(&[insn(0x05, 0, -9, 0)]).len(), 1);
        assert!(reached(&[]).is_empty());
    }
}
