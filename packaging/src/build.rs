// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a program directory to an unsigned package.

use std::{collections::BTreeMap, path::Path};

use bpfsign_format::{
    Digests, MapSchema, PROVENANCE, Parts, SCHEMA, Schema,
    bpf::{ObjectFacts, map_layouts},
    manifest::{FileEntry, Manifest, MapEntry, ProgramEntry, Variant},
    sm3_hex,
};

use crate::{
    Compiler, Error, Reason, Result,
    program::{FILE, MapOptions, ProgramFile},
    provenance::provenance,
};

/// The oldest loader that reads this format.
const MIN_LOADER: &str = "0.1.0";

/// An unsigned package.
#[derive(Debug)]
pub struct Built {
    /// The package file's bytes.
    pub bytes: Vec<u8>,
    /// Its manifest.
    pub manifest: Manifest,
    /// SM3 of the manifest: the package's identity, which signatures cover.
    pub sm3: String,
    /// What the compiler said, empty if nothing.
    pub warnings: String,
}

/// Builds the program directory: the same bytes for the same sources and
/// compiler, wherever it lies.
///
/// # Errors
/// [`Error`] with the file that is to be mended.
pub fn build(directory: &Path, compiler: &Compiler) -> Result<Built> {
    let program = ProgramFile::read(directory)?;
    let version = compiler.version()?;
    let (object, warnings) = compiler.compile(directory, &program.source())?;
    let declared = describe(&program, &object);
    let (manifest_start, schema) =
        declared.map_err(|reason| Error::new(directory.join(FILE), reason))?;
    let payload = BTreeMap::from([
        (manifest_start.variants[0].object.clone(), object),
        (SCHEMA.to_owned(), schema.encode()),
        (PROVENANCE.to_owned(), provenance(directory, &version)?),
    ]);
    let manifest = Manifest { files: files(&payload), ..manifest_start };
    manifest
        .validate()
        .map_err(|error| Error::new(directory.join(FILE), Reason::Format(error.into())))?;
    let parts =
        Parts { manifest: manifest.encode().into_bytes(), signatures: BTreeMap::new(), payload };
    let sm3 = sm3_hex(&parts.manifest);
    Ok(Built { bytes: parts.encode(), manifest, sm3, warnings })
}

fn files(payload: &BTreeMap<String, Vec<u8>>) -> Vec<FileEntry> {
    payload
        .iter()
        .map(|(name, bytes)| {
            let Digests { sm3, sha256 } = Digests::of(bytes);
            FileEntry { name: name.clone(), size: bytes.len() as u64, sm3, sha256 }
        })
        .collect()
}

/// Manifest (without files) and schema from what the author says and what the
/// object holds.
fn describe(program: &ProgramFile, object: &[u8]) -> Result<(Manifest, Schema), Reason> {
    let (_, facts) = ObjectFacts::open(object).map_err(Reason::Object)?;
    let layouts = map_layouts(object, &facts).map_err(Reason::Object)?;
    check_declared(program, &facts, &layouts)?;
    let options = |name: &str| {
        program.maps.get(name).ok_or_else(|| {
            Reason::Declares(format!("say who reads map `{name}`: [maps.{name}] readers = ..."))
        })
    };
    let mut maps = Vec::new();
    let mut schema_maps = BTreeMap::new();
    for (name, layout) in layouts {
        let options = options(&name)?;
        let pin = options.pin.clone().unwrap_or_else(|| name.clone());
        schema_maps.insert(pin.clone(), annotate(layout, options)?);
        maps.push(MapEntry { name, pin, readers: options.readers, frozen: options.frozen });
    }
    let schema = Schema {
        schema: 1,
        package: program.name.clone(),
        version: program.version.clone(),
        maps: schema_maps,
    };
    Ok((manifest(program, &facts, maps), schema))
}

fn manifest(program: &ProgramFile, facts: &ObjectFacts, maps: Vec<MapEntry>) -> Manifest {
    let mut targets = program.targets.clone();
    targets.sort();
    let object = match targets.first() {
        Some(target) => format!("objects/{target}.bpf.o"),
        None => String::new(),
    };
    let programs = facts.programs.iter().map(|p| ProgramEntry {
        name: p.name.clone(),
        attach: p.section.clone(),
        map: program.programs.get(&p.name).map(|options| options.map.clone()),
    });
    Manifest {
        format: 1,
        name: program.name.clone(),
        version: program.version.clone(),
        sequence: program.sequence,
        summary: program.summary.clone(),
        license: program.license.clone(),
        min_loader: MIN_LOADER.to_owned(),
        expires: program.expires.clone(),
        metrics: program.metrics.clone(),
        variants: vec![Variant { object, targets }],
        programs: programs.collect(),
        maps,
        files: Vec::new(),
    }
}

/// Everything that `program.toml` speaks of is in the object.
fn check_declared(
    program: &ProgramFile,
    facts: &ObjectFacts,
    layouts: &BTreeMap<String, MapSchema>,
) -> Result<(), Reason> {
    if let Some(name) = program.maps.keys().find(|name| !layouts.contains_key(*name)) {
        return Err(Reason::Declares(format!("there is no map `{name}`")));
    }
    let is_program = |name: &String| facts.programs.iter().any(|p| p.name == *name);
    let mut named = program.programs.keys().chain(&program.metrics);
    match named.find(|name| !is_program(name)) {
        Some(name) => Err(Reason::Declares(format!("there is no program `{name}`"))),
        None => Ok(()),
    }
}

fn annotate(mut map: MapSchema, options: &MapOptions) -> Result<MapSchema, Reason> {
    map.help.clone_from(&options.help);
    if let (Some(name), [field]) = (&options.key, map.key.fields.as_mut_slice()) {
        field.name.clone_from(name);
    }
    for (name, wanted) in &options.fields {
        let field = map.value.fields.iter_mut().find(|f| f.name == *name);
        let field = field
            .ok_or_else(|| Reason::Declares(format!("there is no field `{name}` in the value")))?;
        field.unit.clone_from(&wanted.unit);
        field.histogram.clone_from(&wanted.histogram);
    }
    Ok(map)
}
