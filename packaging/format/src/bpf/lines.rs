// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which source line an instruction came from.

use std::collections::BTreeMap;

use super::{
    BpfError, Sections, ext,
    strings::{Strings, u32_at},
};

/// Source lines of an object's instructions.
#[derive(Debug, Default)]
pub struct Lines(BTreeMap<(String, u32), String>);

impl Lines {
    /// Reads the line information that clang writes with `-g`; empty without.
    ///
    /// # Errors
    /// [`BpfError::Open`]: malformed BTF.
    pub fn read(sections: &Sections<'_>) -> Result<Self, BpfError> {
        let (Some(btf), Some(bytes)) = (sections.data(".BTF"), sections.data(".BTF.ext")) else {
            return Ok(Self::default());
        };
        let strings = Strings::of_btf(btf);
        let records = ext::records(bytes, ext::LINES, 16, &strings).ok_or_else(ext::malformed)?;
        // struct bpf_line_info: offset in bytes, file name, line text, and the
        // line's number above ten bits of column.
        let line = |(section, record): (&str, &[u8])| {
            let file = strings.at(u32_at(record, 4)?)?;
            let number = u32_at(record, 12)? >> 10;
            let at = (section.to_owned(), u32_at(record, 0)? / 8);
            Some((at, format!("{file}:{number}")))
        };
        records.into_iter().map(line).collect::<Option<_>>().map(Self).ok_or_else(ext::malformed)
    }

    /// `file:line` of an instruction, counted from the start of its section:
    /// the nearest line at or before it.
    pub fn at(&self, section: &str, instruction: u32) -> Option<&str> {
        let upto = (section.to_owned(), instruction);
        let ((found, _), line) = self.0.range(..=upto).next_back()?;
        (found == section).then_some(line.as_str())
    }
}
