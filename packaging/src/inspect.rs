// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is in a package or an object. Nothing here is a verdict: signatures
//! are listed, not verified.

use std::{collections::BTreeMap, path::Path};

use bpfsign_files::read_bounded;
use bpfsign_format::{
    Manifest, Package,
    bpf::{CoreRelocation, MapFacts, ObjectFacts, Sections, core_relocations, helper_name},
    is_elf, limits, sm3_hex,
};
use serde::Serialize;

use crate::{At, Reason, Result};

/// What is in a file.
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// Present for a package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageInspection>,
    /// The objects by name: those of the package, or the file itself.
    pub objects: BTreeMap<String, ObjectInspection>,
}

/// What a package says of itself.
#[derive(Debug, Serialize)]
pub struct PackageInspection {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its sequence.
    pub sequence: u64,
    /// One line for people.
    pub summary: String,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// SM3 of the manifest.
    pub sm3: String,
    /// The keys named by its signatures, which are not verified here.
    pub signatures: Vec<String>,
    /// Its payload files and their sizes in bytes.
    pub files: BTreeMap<String, usize>,
}

/// What is in an object.
#[derive(Debug, Serialize)]
pub struct ObjectInspection {
    /// In bytes.
    pub size: usize,
    /// Its SM3.
    pub sm3: String,
    /// The `license` section.
    pub license: Option<String>,
    /// ELF sections and their sizes in bytes.
    pub sections: BTreeMap<String, u64>,
    /// Programs.
    pub programs: Vec<ProgramInspection>,
    /// Maps.
    pub maps: Vec<MapFacts>,
    /// BTF types; `None` when the object has no BTF.
    pub btf_types: Option<usize>,
    /// CO-RE relocations, in the object's order.
    pub core_relocations: Vec<CoreRelocation>,
}

/// One program.
#[derive(Debug, Serialize)]
pub struct ProgramInspection {
    /// The C function.
    pub name: String,
    /// The ELF section.
    pub section: String,
    /// The kernel's program type.
    #[serde(rename = "type")]
    pub program_type: String,
    /// How many instructions.
    pub instructions: usize,
    /// The helpers that it calls.
    pub helpers: Vec<String>,
    /// The kernel functions that it calls.
    pub kernel_functions: Vec<String>,
}

/// Inspects a package or an object.
///
/// # Errors
/// [`Error`](crate::Error) when the file is neither, or is malformed.
pub fn inspect(path: &Path) -> Result<Inspection> {
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
    if is_elf(&bytes) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let object = inspect_object(&bytes).at(path)?;
        return Ok(Inspection { package: None, objects: BTreeMap::from([(name, object)]) });
    }
    let package = Package::parse(bytes).at(path)?;
    let manifest = package.checked_manifest().at(path)?;
    let mut objects = BTreeMap::new();
    for variant in &manifest.variants {
        if let Some(bytes) = package.file(&variant.object) {
            let object = inspect_object(bytes).at(path.join(&variant.object))?;
            objects.insert(variant.object.clone(), object);
        }
    }
    Ok(Inspection { package: Some(package_inspection(&package, manifest)), objects })
}

fn package_inspection(package: &Package, manifest: Manifest) -> PackageInspection {
    PackageInspection {
        sm3: sm3_hex(package.manifest_bytes()),
        signatures: package.envelope().signatures().map(|(id, _)| id.to_string()).collect(),
        files: package.payload().map(|(name, bytes)| (name.to_owned(), bytes.len())).collect(),
        name: manifest.name,
        version: manifest.version,
        sequence: manifest.sequence,
        summary: manifest.summary,
        expires: manifest.expires,
    }
}

fn inspect_object(bytes: &[u8]) -> Result<ObjectInspection, Reason> {
    let sections = Sections::read(bytes)?;
    let (_, facts) = ObjectFacts::open(bytes)?;
    let programs = facts.programs.into_iter().map(|p| ProgramInspection {
        name: p.name,
        section: p.section,
        program_type: p.program_type,
        instructions: p.instructions,
        helpers: p.helpers.into_iter().map(helper_name).collect(),
        kernel_functions: p.kernel_functions.into_iter().collect(),
    });
    let (btf_types, core_relocations) = core_relocations(bytes, &sections)?;
    Ok(ObjectInspection {
        size: bytes.len(),
        sm3: sm3_hex(bytes),
        license: sections.license(),
        programs: programs.collect(),
        maps: facts.maps,
        btf_types,
        core_relocations,
        sections: sections.sizes(),
    })
}
