// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a program directory to an unsigned package.

use std::{collections::BTreeMap, path::Path};

use bpfsign_format::{
    Digests, FormatError, PROVENANCE, Package, PackageSchema, Parts, SCHEMA,
    bpf::ObjectFacts,
    manifest::{FileEntry, Manifest, Variant},
    sm3_hex,
};

use crate::{
    At, Compiler, Error, ObjectCheck, Reason, Result, Targets,
    check::{Subject, check_object},
    compiled::Compiled,
    core::minimise,
    describe::{describe, same_for_agents},
    headers::Headers,
    program::{FILE, ProgramFile},
    provenance::Made,
    targets::{Target, TargetBtf},
    variants::plan,
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
    /// The check of each object against each of its targets.
    pub checks: Vec<ObjectCheck>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// BTF of kernels that are meant to run the package.
type Kernels = Vec<(TargetBtf, Vec<u8>)>;

/// Builds the program directory: the same bytes for the same sources,
/// compiler and targets, wherever it lies. `only` replaces the targets that
/// `program.toml` declares.
///
/// # Errors
/// [`Error`] with the file that must be corrected; [`Reason::CannotLoad`] when an
/// object would not load on one of its targets.
pub fn build(
    directory: &Path,
    compiler: &Compiler,
    targets: &Targets,
    only: &[String],
) -> Result<Built> {
    let program = ProgramFile::read(directory)?;
    let headers = Headers::of(&program).at(directory.join(FILE))?;
    let plan = plan(&program, targets, only)
        .map_err(|e| Error { path: directory.join(FILE), reason: e.reason })?;
    let mut warnings = String::new();
    let mut compiled = Vec::new();
    for planned in plan.variants {
        let (object, said) =
            compiler.compile(directory, &program.source(), &headers, &planned.settings)?;
        warnings += &said;
        compiled.push(Compiled { planned, object });
    }
    let (variants, schema) = describe_all(&program, &compiled).at(directory.join(FILE))?;
    let checks = check_all(directory, &compiled, targets, &program.optional_programs())?;
    let kernels = kernels(&compiled, targets)?;
    let mut payload = minimised(&compiled, &kernels)?;
    payload.insert(SCHEMA.to_owned(), schema.encode());
    payload.extend(compiled.iter().map(|c| (c.planned.object_name(), c.object.clone())));
    let (name, compiler) = (&program.name, compiler.version()?);
    let (compiled, kernels) = (&compiled, &kernels);
    let made = Made { directory, name, compiler, headers: &headers, compiled, kernels };
    payload.insert(PROVENANCE.to_owned(), made.provenance(&payload)?);
    let manifest = Manifest { files: files(&payload), ..manifest(&program, variants) };
    let bytes = encode(&manifest, payload).at(directory.join(FILE))?;
    let sm3 = sm3_hex(manifest.encode().as_bytes());
    Ok(Built { bytes, manifest, sm3, warnings, checks, notes: plan.left_out })
}

fn describe_all(
    program: &ProgramFile,
    compiled: &[Compiled<'_>],
) -> Result<(Vec<Variant>, PackageSchema), Reason> {
    let open = |one: &Compiled<'_>| ObjectFacts::open(&one.object).map(|(_, facts)| facts);
    let facts: Vec<_> = compiled.iter().map(open).collect::<Result<_, _>>()?;
    // Objects for old kernels may lack what `program.toml` names.
    if compiled.iter().any(|one| one.planned.settings.has_everything()) {
        program.check_named(&facts)?;
    }
    let mut variants = Vec::new();
    let mut schemas = BTreeMap::new();
    for (one, facts) in compiled.iter().zip(&facts) {
        let (variant, maps) = describe(program, &one.planned, &one.object, facts)?;
        schemas.insert(variant.name().to_owned(), maps);
        variants.push(variant);
    }
    same_for_agents(&variants, &schemas)?;
    let schema = PackageSchema {
        schema: 1,
        package: program.name.clone(),
        version: program.version.clone(),
        variants: schemas,
    };
    Ok((variants, schema))
}

/// Checks every object against each of its targets, and refuses with all the
/// reasons at once.
fn check_all(
    directory: &Path,
    compiled: &[Compiled<'_>],
    targets: &Targets,
    optional: &[&str],
) -> Result<Vec<ObjectCheck>> {
    let mut checks = Vec::new();
    for one in compiled {
        let subject = Subject::open(&one.object, optional).at(directory)?;
        for target in &one.planned.targets {
            let name = one.planned.object_name();
            checks.push(check_object(&name, &subject, target, &targets.btf(target)?)?);
        }
    }
    match checks.iter().all(|check| check.findings.is_empty()) {
        true => Ok(checks),
        false => {
            checks.retain(|check| !check.findings.is_empty());
            Err(Error::new(directory, Reason::CannotLoad(checks)))
        }
    }
}

fn kernels(compiled: &[Compiled<'_>], targets: &Targets) -> Result<Kernels> {
    let all: Vec<&Target> =
        compiled.iter().flat_map(|one| one.planned.targets.iter().copied()).collect();
    let mut kernels = Kernels::new();
    for btf in all.into_iter().map(|t| targets.btf(t)).collect::<Result<Vec<_>>>()?.concat() {
        if kernels.iter().all(|(known, _)| known.kernel != btf.kernel) {
            let bytes = btf.read()?;
            kernels.push((btf, bytes));
        }
    }
    Ok(kernels)
}

/// For each kernel, the part of its BTF that the objects need; no file where they need none.
fn minimised(compiled: &[Compiled<'_>], kernels: &Kernels) -> Result<BTreeMap<String, Vec<u8>>> {
    let objects: Vec<&[u8]> = compiled.iter().map(|one| one.object.as_slice()).collect();
    let mut files = BTreeMap::new();
    for (btf, bytes) in kernels {
        let part = minimise(&objects, bytes).at(&btf.path)?;
        if let Some(part) = part {
            files.insert(btf.kernel.btf_file(), part);
        }
    }
    Ok(files)
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

fn manifest(program: &ProgramFile, variants: Vec<Variant>) -> Manifest {
    Manifest {
        format: 1,
        name: program.name.clone(),
        version: program.version.clone(),
        sequence: program.sequence,
        summary: program.summary.clone(),
        license: program.license.clone(),
        min_loader: MIN_LOADER.to_owned(),
        expires: program.expires.clone(),
        metrics: program
            .metrics
            .clone()
            .filter(|name| variants.iter().flat_map(|v| &v.programs).any(|p| p.name == *name)),
        variants,
        files: Vec::new(),
    }
}

/// The package's bytes, parsed once to know that hosts will take them: BTF for too many
/// kernels makes too many entries.
fn encode(manifest: &Manifest, payload: BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, Reason> {
    manifest.validate().map_err(FormatError::from)?;
    let parts = Parts {
        manifest: manifest.encode().into_bytes(),
        signatures: BTreeMap::new(),
        chains: BTreeMap::new(),
        payload,
    };
    let bytes = parts.encode();
    Package::parse(bytes.clone())?;
    Ok(bytes)
}
