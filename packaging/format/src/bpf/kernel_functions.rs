// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Calls that leave an object and are no helpers.

use std::{collections::BTreeSet, ops::Range};

use super::{
    Sections,
    instruction::{CALL, LOAD_WIDE},
};

/// What a call is, by its source register: a helper, a function of the object
/// (`BPF_PSEUDO_CALL`), a kernel function (`BPF_PSEUDO_KFUNC_CALL`).
const HELPER: u8 = 0;
const LOCAL: u8 = 1;

impl Sections<'_> {
    /// The kernel functions that instructions of a section call, by name; and any other call
    /// that is neither of a helper nor within the object, as `number N`: nothing that is
    /// not known passes for what is.
    ///
    /// libbpf makes a call of every instruction whose relocation leads out of the object,
    /// whatever the instruction says itself (bpf_object__relocate_data() in libbpf.c).
    pub(super) fn kernel_functions(
        &self,
        section: &str,
        instructions: Range<usize>,
    ) -> BTreeSet<String> {
        let code = self.data(section).unwrap_or_default();
        let mut found = BTreeSet::new();
        let mut at = instructions.start;
        while at < instructions.end
            && let Some(one) = code.get(at * 8..at * 8 + 8)
        {
            if one[0] == CALL {
                let outside = self.outside(section, at).map(str::to_owned);
                let number = u32::from_le_bytes([one[4], one[5], one[6], one[7]]);
                found.extend(outside.or_else(|| match one[1] >> 4 {
                    HELPER | LOCAL => None,
                    _ => Some(format!("number {number}")),
                }));
            }
            at += if one[0] == LOAD_WIDE { 2 } else { 1 };
        }
        found
    }

    /// Those of a section as a whole.
    pub(super) fn kernel_functions_of(&self, section: &str) -> BTreeSet<String> {
        self.kernel_functions(section, 0..usize::MAX)
    }
}
