// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a package is made from, for its `provenance.json`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use bpfsign_format::provenance::{
    BTF, BUILD_TYPE, BUILDER, BuildDefinition, Builder, ExternalParameters, INCLUDE,
    InternalParameters, PREDICATE_TYPE, Predicate, Provenance, Resource, RunDetails, SOURCE,
    STATEMENT_TYPE, all_sources,
};

use crate::{At, Result, TargetBtf, compile::FLAGS, compiled::Compiled, headers::Headers};

/// What the statement says besides its subjects.
pub(crate) struct Made<'a> {
    /// The program directory.
    pub(crate) directory: &'a Path,
    pub(crate) name: &'a str,
    /// The first line of `clang --version`.
    pub(crate) compiler: String,
    pub(crate) headers: &'a Headers,
    pub(crate) compiled: &'a [Compiled<'a>],
    pub(crate) kernels: &'a [(TargetBtf, Vec<u8>)],
}

impl Made<'_> {
    /// The file's bytes, with the payload that there is as its subjects.
    pub(crate) fn provenance(&self, payload: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
        let statement = Provenance {
            statement_type: STATEMENT_TYPE.to_owned(),
            subject: payload.iter().map(|(name, bytes)| Resource::of(name, bytes)).collect(),
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: Predicate {
                build_definition: self.definition()?,
                run_details: RunDetails { builder: self.builder() },
            },
        };
        let mut bytes = serde_json::to_vec_pretty(&statement)
            .map_err(std::io::Error::from)
            .at(self.directory)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn definition(&self) -> Result<BuildDefinition> {
        let targets: BTreeSet<_> =
            self.compiled.iter().flat_map(|c| &c.planned.targets).map(|t| t.name.clone()).collect();
        let flags_of = |c: &Compiled<'_>| (c.planned.object_name(), c.planned.settings.flags());
        Ok(BuildDefinition {
            build_type: BUILD_TYPE.to_owned(),
            external_parameters: ExternalParameters {
                program: self.name.to_owned(),
                targets: targets.into_iter().collect(),
            },
            internal_parameters: InternalParameters {
                flags: FLAGS.iter().map(|flag| (*flag).to_owned()).collect(),
                objects: self.compiled.iter().map(flags_of).collect(),
            },
            resolved_dependencies: self.dependencies()?,
        })
    }

    fn dependencies(&self) -> Result<Vec<Resource>> {
        let sources = local_sources(self.directory)?;
        let mut all = vec![all_sources(&sources)];
        all.extend(
            sources.into_iter().map(|s| Resource { name: format!("{SOURCE}{}", s.name), ..s }),
        );
        all.extend(self.headers.all().map(|(subdirectory, name, text)| {
            Resource::of(format!("{INCLUDE}{subdirectory}/{name}"), text.as_bytes())
        }));
        all.extend(
            self.kernels
                .iter()
                .map(|(btf, bytes)| Resource::of(format!("{BTF}{}", btf.kernel), bytes)),
        );
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    fn builder(&self) -> Builder {
        let own = env!("CARGO_PKG_VERSION").to_owned();
        let version = [("bpfsign", own), ("clang", self.compiler.clone())];
        let version = version.into_iter().map(|(what, is)| (what.to_owned(), is)).collect();
        Builder { id: BUILDER.to_owned(), version }
    }
}

/// C, headers and `program.toml` of a program directory, in order of name.
fn local_sources(directory: &Path) -> Result<Vec<Resource>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(directory).at(directory)? {
        let path = entry.at(directory)?.path();
        let is_source = path.extension().is_some_and(|e| e == "c" || e == "h" || e == "toml");
        if !is_source || !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).at(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sources.push(Resource::of(name, &bytes));
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sources)
}
