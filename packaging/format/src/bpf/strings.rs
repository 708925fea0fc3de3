// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Names and numbers in BTF (Documentation/bpf/btf.rst in the kernel).

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let end = at.checked_add(4)?;
    bytes.get(at..end)?.try_into().ok().map(u32::from_le_bytes)
}

/// BTF's strings.
pub(super) struct Strings<'b>(&'b [u8]);

impl<'b> Strings<'b> {
    /// `str_off` and `str_len` follow the header's length and the two numbers
    /// of the type section.
    pub(super) fn of_btf(btf: &'b [u8]) -> Self {
        let section = || {
            let start = (u32_at(btf, 4)? as usize).checked_add(u32_at(btf, 16)? as usize)?;
            btf.get(start..start.checked_add(u32_at(btf, 20)? as usize)?)
        };
        Self(section().unwrap_or_default())
    }

    pub(super) fn at(&self, offset: u32) -> Option<&'b str> {
        let tail = self.0.get(offset as usize..)?;
        let end = tail.iter().position(|&b| b == 0)?;
        str::from_utf8(&tail[..end]).ok()
    }
}
