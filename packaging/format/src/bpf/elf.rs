// SPDX-License-Identifier: Apache-2.0 OR MIT
//! ELF sections of a BPF object.

use std::collections::BTreeMap;

use object::{
    Architecture, Object, ObjectSection, ObjectSymbol, RelocationTarget, SymbolKind,
    read::elf::ElfFile64,
};

use super::BpfError;

/// The sections of a little-endian 64-bit BPF object.
#[derive(Debug)]
pub struct Sections<'d> {
    by_name: BTreeMap<String, (u64, &'d [u8])>,
    functions: Vec<Function>,
    /// Section and offset that a relocation at (section, offset) points to.
    relocations: Inside,
    outside: Outside,
}

/// A function, which is a program or a subprogram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The symbol.
    pub name: String,
    /// The section that holds its code.
    pub section: String,
    /// Where in the section it starts, in instructions.
    pub start: usize,
    /// How many instructions.
    pub length: usize,
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
        let functions = functions(&file);
        let (relocations, outside) = relocations(&file);
        Ok(Self { by_name, functions, relocations, outside })
    }

    /// The functions, in the order of section and place.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The section and the byte offset that the relocation of an instruction
    /// points to.
    pub fn relocation(&self, section: &str, instruction: usize) -> Option<(&str, u64)> {
        let at = (section.to_owned(), instruction as u64 * 8);
        self.relocations.get(&at).map(|(section, offset)| (section.as_str(), *offset))
    }

    /// The symbol outside the object that the relocation of an instruction points to.
    pub fn outside(&self, section: &str, instruction: usize) -> Option<&str> {
        self.outside.get(&(section.to_owned(), instruction as u64 * 8)).map(String::as_str)
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

type Elf<'d> = ElfFile64<'d, object::LittleEndian>;

fn section_name(file: &Elf<'_>, index: Option<object::SectionIndex>) -> Option<String> {
    let section = file.section_by_index(index?).ok()?;
    section.name().ok().map(str::to_owned)
}

fn functions(file: &Elf<'_>) -> Vec<Function> {
    let functions = file.symbols().filter(|s| s.kind() == SymbolKind::Text && s.size() > 0);
    let mut functions: Vec<_> = functions
        .filter_map(|s| {
            Some(Function {
                name: s.name().ok()?.to_owned(),
                section: section_name(file, s.section_index())?,
                start: usize::try_from(s.address() / 8).ok()?,
                length: usize::try_from(s.size() / 8).ok()?,
            })
        })
        .collect();
    functions.sort_by(|a, b| (&a.section, a.start).cmp(&(&b.section, b.start)));
    functions
}

/// By section and offset: the section and address that is pointed to.
type Inside = BTreeMap<(String, u64), (String, u64)>;
/// Likewise: the symbol, which the object does not define.
type Outside = BTreeMap<(String, u64), String>;

fn relocations(file: &Elf<'_>) -> (Inside, Outside) {
    let (mut found, mut outside) = (Inside::new(), Outside::new());
    for section in file.sections() {
        let Ok(name) = section.name() else { continue };
        for (offset, relocation) in section.relocations() {
            let RelocationTarget::Symbol(index) = relocation.target() else { continue };
            let Ok(symbol) = file.symbol_by_index(index) else { continue };
            let at = (name.to_owned(), offset);
            match section_name(file, symbol.section_index()) {
                Some(target) => {
                    found.insert(at, (target, symbol.address()));
                }
                None => {
                    outside.insert(at, symbol.name().unwrap_or("?").to_owned());
                }
            }
        }
    }
    (found, outside)
}
