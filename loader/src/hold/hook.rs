// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Hooks whose links some kernels cannot pin, by ELF section as libbpf writes
//! them (docs/program_types.rst of libbpf).

use std::{fs::File, os::unix::fs::FileExt, path::Path};

use bpfsign_format::manifest::SOFTWARE_EVENTS;
use object::{
    LittleEndian, Object, ObjectSegment, ObjectSymbol,
    read::{ReadCache, elf::ElfFile64},
};

/// A hook that a holder can attach to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hook {
    /// A raw tracepoint by name.
    RawTracepoint(String),
    /// An event: category and name.
    Tracepoint(String, String),
    /// A kernel function.
    Kprobe { symbol: String, offset: u64, at_return: bool },
    /// A place in a program file.
    Uprobe { file: String, place: String, at_return: bool },
    /// A software event on every CPU, by its number.
    SoftwareEvent(u64),
}

impl Hook {
    /// The hook of a section; `None` when it is none that a holder can keep.
    pub(crate) fn parse(section: &str) -> Option<Self> {
        let (kind, rest) = section.split_once('/')?;
        match kind {
            "raw_tp" | "raw_tracepoint" => Some(Self::RawTracepoint(rest.to_owned())),
            "tp" | "tracepoint" => {
                let (category, name) = rest.split_once('/')?;
                let plain = |s: &str| !s.is_empty() && !s.contains(['/', '.']);
                (plain(category) && plain(name))
                    .then(|| Self::Tracepoint(category.to_owned(), name.to_owned()))
            }
            "kprobe" | "kretprobe" => {
                let (symbol, offset) = with_offset(rest)?;
                let at_return = kind == "kretprobe";
                Some(Self::Kprobe { symbol: symbol.to_owned(), offset, at_return })
            }
            "uprobe" | "uretprobe" => {
                let (file, place) = rest.rsplit_once(':')?;
                // libbpf searches PATH for a name without a slash; only whole
                // paths mean the same to every process.
                let file = match file.starts_with('/') {
                    true => file.to_owned(),
                    false => format!("/{file}"),
                };
                let at_return = kind == "uretprobe";
                Some(Self::Uprobe { file, place: place.to_owned(), at_return })
            }
            "perf_event" => {
                let (_, number) = SOFTWARE_EVENTS.iter().find(|(name, _)| *name == rest)?;
                Some(Self::SoftwareEvent(*number))
            }
            _ => None,
        }
    }
}

/// `symbol+0x10` or `symbol`.
fn with_offset(text: &str) -> Option<(&str, u64)> {
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
    fn sections_name_hooks() {
        let kprobe = |symbol: &str, offset, at_return| Hook::Kprobe {
            symbol: symbol.to_owned(),
            offset,
            at_return,
        };
        assert_eq!(Hook::parse("raw_tp/sys_enter"), Some(Hook::RawTracepoint("sys_enter".into())));
        assert_eq!(
            Hook::parse("tracepoint/sched/sched_switch"),
            Some(Hook::Tracepoint("sched".into(), "sched_switch".into()))
        );
        assert_eq!(Hook::parse("kprobe/do_exit+0x10"), Some(kprobe("do_exit", 16, false)));
        assert_eq!(Hook::parse("kretprobe/do_exit"), Some(kprobe("do_exit", 0, true)));
        let uprobe = Hook::Uprobe { file: "/bin/x".into(), place: "main".into(), at_return: false };
        assert_eq!(Hook::parse("uprobe//bin/x:main"), Some(uprobe));
        assert_eq!(Hook::parse("perf_event/page-faults-maj"), Some(Hook::SoftwareEvent(6)));
        for not in [
            "perf_event",
            "perf_event/x",
            "tp_btf/x",
            "fentry/x",
            "iter/task",
            "tp/../x",
            "tp/x",
            "kprobe/x+y",
            "xdp",
        ] {
            assert_eq!(Hook::parse(not), None, "{not}");
        }
    }

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
