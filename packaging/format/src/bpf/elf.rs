// SPDX-License-Identifier: Apache-2.0 OR MIT
//! ELF sections of a BPF object.

use std::collections::BTreeMap;

use object::{Architecture, Object, ObjectSection, read::elf::ElfFile64};

use super::BpfError;

/// The sections of a little-endian 64-bit BPF object.
#[derive(Debug)]
pub struct Sections<'d> {
    by_name: BTreeMap<String, (u64, &'d [u8])>,
}

impl<'d> Sections<'d> {
    /// Reads the section table.
    ///
    /// # Errors
    /// [`BpfError::Open`]: no ELF file of that kind.
    pub fn read(bytes: &'d [u8]) -> Result<Self, BpfError> {
        let refuse = |why: &str| BpfError::Open(why.to_owned());
        let file: ElfFile64<'_, object::LittleEndian> =
            ElfFile64::parse(bytes).map_err(|e| refuse(&e.to_string()))?;
        if file.architecture() != Architecture::Bpf {
            return Err(refuse("the ELF file is not for the BPF machine"));
        }
        let mut by_name = BTreeMap::new();
        for section in file.sections() {
            let name = section.name().map_err(|e| refuse(&e.to_string()))?;
            let data = section.data().map_err(|e| refuse(&e.to_string()))?;
            by_name.insert(name.to_owned(), (section.size(), data));
        }
        Ok(Self { by_name })
    }

    /// The bytes of a section.
    pub fn data(&self, name: &str) -> Option<&'d [u8]> {
        self.by_name.get(name).map(|(_, data)| *data)
    }

    /// The text of the `license` section.
    pub fn license(&self) -> Option<String> {
        let text = self.data("license")?;
        let end = text.iter().position(|&b| b == 0).unwrap_or(text.len());
        Some(String::from_utf8_lossy(&text[..end]).into_owned())
    }

    /// Names and sizes in bytes.
    pub fn sizes(&self) -> BTreeMap<String, u64> {
        self.by_name.iter().map(|(name, (size, _))| (name.clone(), *size)).collect()
    }
}
