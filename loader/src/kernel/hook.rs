// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Hooks whose links some kernels cannot pin, by ELF section as libbpf writes
//! them (docs/program_types.rst of libbpf).

use bpfsign_format::manifest::SOFTWARE_EVENTS;

use super::program_file::with_offset;

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
    /// The hook of a section; `None` when a holder cannot keep hooks of that kind.
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
}
