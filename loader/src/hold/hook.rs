// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Hooks whose links some kernels cannot pin, by ELF section as libbpf writes
//! them (docs/program_types.rst of libbpf).

use std::{fs, path::Path};

use object::{LittleEndian, Object, ObjectSegment, ObjectSymbol, read::elf::ElfFile64};

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
pub(super) fn file_offset(file: &Path, place: &str) -> Option<u64> {
    let (name, offset) = with_offset(place)?;
    let bytes = fs::read(file).ok()?;
    let elf: ElfFile64<'_, LittleEndian> = ElfFile64::parse(bytes.as_slice()).ok()?;
    let symbol = elf
        .symbols()
        .chain(elf.dynamic_symbols())
        .find(|s| s.is_definition() && s.name() == Ok(name))?;
    let address = symbol.address();
    let segment = elf.segments().find(|s| (s.address()..s.address() + s.size()).contains(&address));
    let segment = segment?;
    Some(address - segment.address() + segment.file_range().0 + offset)
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
        for not in ["tp_btf/x", "fentry/x", "iter/task", "tp/../x", "tp/x", "kprobe/x+y", "xdp"] {
            assert_eq!(Hook::parse(not), None, "{not}");
        }
    }

    #[test]
    fn functions_are_found_in_a_program_file() {
        let this = std::env::current_exe().unwrap();
        let offset = file_offset(&this, "main").unwrap();
        assert!(offset > 0 && offset < fs::metadata(&this).unwrap().len());
        assert_eq!(file_offset(&this, "main+4"), Some(offset + 4));
        assert_eq!(file_offset(&this, "no_such_function"), None);
    }
}
