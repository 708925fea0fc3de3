// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The manifest's shape (§4.3).

use serde::{Deserialize, Serialize};

/// What a package says of itself. Parse it only after its signature holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The format version, 1.
    pub format: i64,
    /// The package's name.
    pub name: String,
    /// `MAJOR.MINOR.PATCH`, for people.
    pub version: String,
    /// Rises with every release; a host refuses a lower one (rollback).
    pub sequence: u64,
    /// One line for people.
    pub summary: String,
    /// SPDX expression of the programs.
    pub license: String,
    /// The oldest loader that can load this package, `MAJOR.MINOR.PATCH`.
    pub min_loader: String,
    /// The last day on which it may be loaded, `YYYY-MM-DD`, UTC.
    pub expires: Option<String>,
    /// The program whose pinned iterator prints the metrics text.
    pub metrics: Option<String>,
    /// The compiled objects, the preferred first.
    #[serde(rename = "variant")]
    pub variants: Vec<Variant>,
    /// Every payload file, in ascending order of name.
    #[serde(rename = "file")]
    pub files: Vec<FileEntry>,
}

/// One compiled object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// The payload file.
    pub object: String,
    /// The targets it was built for, in ascending order.
    pub targets: Vec<String>,
    /// Its programs.
    #[serde(rename = "program")]
    pub programs: Vec<ProgramEntry>,
    /// Its maps, which are all pinned.
    #[serde(rename = "map", default)]
    pub maps: Vec<MapEntry>,
}

impl Variant {
    /// `generic` of `objects/generic.bpf.o`.
    pub fn name(&self) -> &str {
        let file = self.object.strip_prefix("objects/").unwrap_or(&self.object);
        file.strip_suffix(".bpf.o").unwrap_or(file)
    }
}

/// One program and its hook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProgramEntry {
    /// The C function.
    pub name: String,
    /// The ELF section, which libbpf attaches by: `tp_btf/sched_switch`.
    pub attach: String,
    /// For a map iterator: the map it walks.
    pub map: Option<String>,
    /// What the section leaves open: for `perf_event` a software event, for
    /// `uprobe` the function in the file that `load` is given.
    pub at: Option<String>,
    /// For `uprobe`: a symbol that the file must have as well.
    pub with_symbol: Option<String>,
    /// Left out where the kernel, or the file, has no such hook.
    #[serde(default)]
    pub optional: bool,
    /// Left out where this program is in force.
    pub unless: Option<String>,
}

/// The software events that a `perf_event` program may attach to, with their
/// numbers (`enum perf_sw_ids`, include/uapi/linux/perf_event.h).
pub const SOFTWARE_EVENTS: [(&str, u64); 4] =
    [("page-faults", 2), ("context-switches", 3), ("cpu-migrations", 4), ("page-faults-maj", 6)];

/// One pinned map.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapEntry {
    /// The map in the object.
    pub name: String,
    /// The file it is pinned as.
    pub pin: String,
    /// Who may read it.
    pub readers: Readers,
    /// Whether user space, root too, is kept from writing it.
    pub frozen: bool,
}

/// Who may read a pinned map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Readers {
    /// Root, and the members of the host's agent group.
    Agents,
    /// Root only.
    Root,
}

/// One payload file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// The entry's name in the package.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SM3, 64 lowercase hexadecimal digits.
    pub sm3: String,
    /// Its SHA-256, 64 lowercase hexadecimal digits.
    pub sha256: String,
}
