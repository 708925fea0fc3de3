// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Instructions as bytes, as far as they name helpers.

use std::collections::BTreeSet;

/// Bytes of an instruction.
const SIZE: usize = 8;
/// `BPF_LD | BPF_IMM | BPF_DW`, which takes two slots.
pub const LOAD_WIDE: u8 = 0x18;
/// `BPF_JMP | BPF_CALL`.
pub const CALL: u8 = 0x85;

/// The numbers of the helpers that code calls: calls whose source register is 0 (1 is a
/// subprogram, 2 a kernel function).
pub(in crate::bpf) fn helpers_in(code: &[u8]) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut all = code.chunks_exact(SIZE);
    while let Some(one) = all.next() {
        match (one[0], one[1] >> 4) {
            (LOAD_WIDE, _) => {
                all.next();
            }
            (CALL, 0) => {
                found.insert(u32::from_le_bytes([one[4], one[5], one[6], one[7]]));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::helpers_in;

    #[test]
    fn only_helpers_are_found() {
        let mut code = Vec::new();
        code.extend([0x85, 0, 0, 0, 109, 0, 0, 0]);
        // A subprogram, a kernel function, and the second half of a wide load.
        code.extend([0x85, 0x10, 0, 0, 1, 0, 0, 0]);
        code.extend([0x85, 0x20, 0, 0, 2, 0, 0, 0]);
        code.extend([0x18, 0x01, 0, 0, 0, 0, 0, 0, 0x85, 0, 0, 0, 3, 0, 0, 0]);
        code.extend([0x95, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(helpers_in(&code).into_iter().collect::<Vec<_>>(), [109]);
    }
}
