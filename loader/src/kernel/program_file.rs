// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Places in a program file (ELF), for uprobes.

use std::{fs::File, os::unix::fs::FileExt, path::Path};

use object::{
    LittleEndian, Object, ObjectSegment, ObjectSymbol,
    read::{ReadCache, elf::ElfFile64},
};

/// `symbol+0x10` or `symbol`.
pub(super) fn with_offset(text: &str) -> Option<(&str, u64)> {
    let Some((symbol, offset)) = text.split_once('+') else { return Some((text, 0)) };
    let offset = match offset.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?,
        None => offset.parse().ok()?,
    };
    Some((symbol, offset))
}

/// Where `function+offset` lies in a program file, in bytes from its start.
pub(crate) fn file_offset(file: &Path, place: &str) -> Option<u64> {
    let (name, offset) = with_offset(place)?;
    // Read by parts: a program may be larger than what a holder should take.
    let cache = ReadCache::new(File::open(file).ok()?);
    let elf: ElfFile64<'_, LittleEndian, _> = ElfFile64::parse(&cache).ok()?;
    let address = symbol_address(&elf, name)?;
    let segment = elf.segments().find(|s| (s.address()..s.address() + s.size()).contains(&address));
    let segment = segment?;
    Some(address - segment.address() + segment.file_range().0 + offset)
}

/// Where in a program file a manifest's `at` is (§4.5 of package-v1), as
/// [`file_offset`] takes it; `None` when it is not there. `go:` means the body of a Go
/// function.
pub(crate) fn place_in(file: &Path, at: &str) -> Option<String> {
    let Some(name) = at.strip_prefix("go:") else {
        return has_symbol(file, at).then(|| at.to_owned());
    };
    let mut code = [0; 64];
    File::open(file).ok()?.read_at(&mut code, file_offset(file, name)?).ok()?;
    Some(format!("{name}+{:#x}", super::go::body(&code)?))
}

/// Whether a program file defines a symbol.
pub(crate) fn has_symbol(file: &Path, name: &str) -> bool {
    let Ok(file) = File::open(file) else { return false };
    let cache = ReadCache::new(file);
    let elf: Result<ElfFile64<'_, LittleEndian, _>, _> = ElfFile64::parse(&cache);
    elf.is_ok_and(|elf| symbol_address(&elf, name).is_some())
}

fn symbol_address<'d>(
    elf: &ElfFile64<'d, LittleEndian, &'d ReadCache<File>>,
    name: &str,
) -> Option<u64> {
    let mut symbols = elf.symbols().chain(elf.dynamic_symbols());
    Some(symbols.find(|s| s.is_definition() && s.name() == Ok(name))?.address())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_in_a_program_file() {
        let this = std::env::current_exe().unwrap();
        let offset = file_offset(&this, "main").unwrap();
        assert!(offset > 0 && offset < this.metadata().unwrap().len());
        assert!(has_symbol(&this, "main") && !has_symbol(&this, "no_such_function"));
        assert_eq!(file_offset(&this, "main+4"), Some(offset + 4));
        assert_eq!(file_offset(&this, "no_such_function"), None);
    }
}
