// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `program.toml`: what the author says of a program directory.

use std::{collections::BTreeMap, path::Path};

use bpfsign_files::read_bounded;
use bpfsign_format::{Metric, manifest::Readers};
use serde::Deserialize;

use crate::{At, Error, Reason, Result};

const MAX_FILE: usize = 64 * 1024;

/// The file's name.
pub(crate) const FILE: &str = "program.toml";

/// What the author says of a program directory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ProgramFile {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) sequence: u64,
    pub(crate) summary: String,
    pub(crate) license: String,
    pub(crate) expires: Option<String>,
    /// The C file; `<name>.bpf.c` unless given.
    pub(crate) source: Option<String>,
    /// Where it must load.
    pub(crate) targets: Vec<String>,
    /// Where it should load as well, if BTF of such kernels was added.
    #[serde(default)]
    pub(crate) optional_targets: Vec<String>,
    /// The iterator that prints the metrics text.
    pub(crate) metrics: Option<String>,
    /// Programs that need more than their section says.
    #[serde(default)]
    pub(crate) programs: BTreeMap<String, ProgramOptions>,
    #[serde(default)]
    pub(crate) maps: BTreeMap<String, MapOptions>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ProgramOptions {
    /// The map that an `iter/bpf_map_elem` program walks.
    pub(crate) map: Option<String>,
    /// The event of a `perf_event` program, the function of a `uprobe`.
    pub(crate) at: Option<String>,
    /// A symbol that the file of a `uprobe` must have as well.
    pub(crate) with_symbol: Option<String>,
    /// Left out where the kernel, or the file, has no such hook.
    #[serde(default)]
    pub(crate) optional: bool,
    /// Left out where this program is in force.
    pub(crate) unless: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MapOptions {
    pub(crate) readers: Readers,
    /// Some variants do without it.
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) frozen: bool,
    /// The pin's name, if not the map's.
    pub(crate) pin: Option<String>,
    #[serde(default)]
    pub(crate) help: String,
    /// The name of a key that is a plain number.
    pub(crate) key: Option<String>,
    /// Units and meaning of the value's fields.
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, FieldOptions>,
    /// What its values are called as metrics.
    #[serde(default)]
    pub(crate) metrics: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldOptions {
    pub(crate) unit: Option<String>,
    pub(crate) histogram: Option<String>,
}

impl ProgramFile {
    /// Reads `program.toml` in `directory`.
    pub(crate) fn read(directory: &Path) -> Result<Self> {
        let path = directory.join(FILE);
        let bytes = read_bounded(&path, MAX_FILE).at(&path)?;
        let text = str::from_utf8(&bytes).map_err(|e| e.to_string());
        let parsed = text.and_then(|text| toml::from_str(text).map_err(|e| e.to_string()));
        let file: Self =
            parsed.map_err(|why| Reason::ProgramFile(why.trim_end().to_owned())).at(&path)?;
        match file.source().contains(['/', '\\']) {
            true => {
                Err(Error::new(path, Reason::ProgramFile("`source` must be a file name".into())))
            }
            false => Ok(file),
        }
    }

    /// The programs that may be left out.
    pub(crate) fn optional_programs(&self) -> Vec<&str> {
        let optional = self.programs.iter().filter(|(_, options)| options.optional);
        optional.map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn source(&self) -> String {
        self.source.clone().unwrap_or_else(|| format!("{}.bpf.c", self.name))
    }
}
