// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Building a package again, and comparing it byte for byte.

use std::{collections::BTreeMap, path::Path};

use bpfsign_files::read_bounded;
use bpfsign_format::{
    MANIFEST, Manifest, PROVENANCE, Package, limits,
    provenance::{ALL_SOURCES, Provenance, Resource},
    sm3_hex,
};
use serde::Serialize;

use crate::{At, Compiler, Reason, Result, Targets, build};

/// The result of building a package again.
#[derive(Debug, Serialize)]
#[must_use = "it says whether the source gives the package"]
pub struct Reproduction {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SM3 of its manifest, which covers every other byte that is signed.
    pub sm3: String,
    /// Whether the source gives the same bytes.
    pub same: bool,
    /// The files of the package that differ.
    pub files: Vec<String>,
    /// Why, by the two provenances: sources, flags, versions, BTF.
    pub causes: Vec<String>,
}

/// Builds `directory` for the targets of a package and compares everything but the signatures.
/// The package need not be signed.
///
/// # Errors
/// [`Error`](crate::Error) when the package is malformed or the source does not build.
pub fn reproduce(
    package: &Path,
    directory: &Path,
    compiler: &Compiler,
    targets: &Targets,
) -> Result<Reproduction> {
    let bytes = read_bounded(package, limits::PACKAGE_BYTES).at(package)?;
    let theirs = Package::parse(bytes).at(package)?;
    let manifest = theirs.checked_manifest().at(package)?;
    let wanted: Vec<String> = manifest.variants.iter().flat_map(|v| v.targets.clone()).collect();
    let built = build(directory, compiler, targets, &wanted)?;
    let ours = Package::parse(built.bytes).at(package)?;
    let files = differing(&theirs, &ours);
    let same = files.is_empty();
    let provenance = |made: &Package, manifest: &Manifest| {
        let bytes = made.file(PROVENANCE).unwrap_or_default();
        Provenance::parse(bytes, manifest).map_err(Reason::Provenance).at(package)
    };
    let causes = match same {
        true => Vec::new(),
        false => causes(
            &provenance(&theirs, &manifest)?.into(),
            &provenance(&ours, &built.manifest)?.into(),
        ),
    };
    let sm3 = sm3_hex(theirs.manifest_bytes());
    Ok(Reproduction { name: manifest.name, version: manifest.version, sm3, same, files, causes })
}

fn differing(theirs: &Package, ours: &Package) -> Vec<String> {
    let manifest = (theirs.manifest_bytes() != ours.manifest_bytes()).then_some(MANIFEST);
    let mut names: Vec<_> = theirs.payload().chain(ours.payload()).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    let payload = names.into_iter().filter(|name| theirs.file(name) != ours.file(name));
    manifest.into_iter().chain(payload).map(str::to_owned).collect()
}

/// What a provenance says, in a form that can be compared.
struct Facts {
    flags: BTreeMap<String, Vec<String>>,
    versions: BTreeMap<String, String>,
    dependencies: BTreeMap<String, Resource>,
}

impl From<Provenance> for Facts {
    fn from(provenance: Provenance) -> Self {
        let build = provenance.predicate.build_definition;
        let mut flags = build.internal_parameters.objects;
        flags.insert("every object".to_owned(), build.internal_parameters.flags);
        let dependencies = build.resolved_dependencies.into_iter();
        Self {
            flags,
            versions: provenance.predicate.run_details.builder.version,
            dependencies: dependencies
                .filter(|d| d.name != ALL_SOURCES)
                .map(|d| (d.name.clone(), d))
                .collect(),
        }
    }
}

fn causes(theirs: &Facts, ours: &Facts) -> Vec<String> {
    let mut causes = Vec::new();
    for (name, one, other) in pairs(&theirs.dependencies, &ours.dependencies) {
        causes.push(match (one, other) {
            (Some(_), Some(_)) => format!("{name} differs"),
            (Some(_), None) => format!("{name} is only in the package"),
            _ => format!("{name} is only here"),
        });
    }
    for (object, one, other) in pairs(&theirs.flags, &ours.flags) {
        let (one, other) = (one.cloned().unwrap_or_default(), other.cloned().unwrap_or_default());
        let only = |a: &[String], b: &[String], whose: &str| -> Vec<String> {
            let only = a.iter().filter(|flag| !b.contains(flag));
            only.map(|flag| format!("{object}: flag {flag} only {whose}")).collect()
        };
        causes.extend(only(&one, &other, "in the package"));
        causes.extend(only(&other, &one, "here"));
    }
    for (tool, one, other) in pairs(&theirs.versions, &ours.versions) {
        let text = |version: Option<&String>| version.map_or("none", String::as_str).to_owned();
        causes.push(format!("{tool}: {} in the package, {} here", text(one), text(other)));
    }
    causes
}

/// What differs between two maps, by key.
fn pairs<'m, V: PartialEq>(
    theirs: &'m BTreeMap<String, V>,
    ours: &'m BTreeMap<String, V>,
) -> Vec<(&'m str, Option<&'m V>, Option<&'m V>)> {
    let mut keys: Vec<_> = theirs.keys().chain(ours.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .map(|key| (key.as_str(), theirs.get(key), ours.get(key)))
        .filter(|(_, one, other)| one != other)
        .collect()
}
