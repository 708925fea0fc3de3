// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A package or an object against a target.

use std::path::Path;

use bpfsign_files::read_bounded;
use bpfsign_format::{KernelId, Manifest, Package, is_elf, limits, manifest::Variant};
use serde::Serialize;

use super::{Subject, check_object};
use crate::{
    At, Finding, ObjectCheck, Result,
    targets::{Target, TargetBtf, Targets},
};

/// What the check of a file against a target found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use = "it says whether the package would load"]
pub struct PackageCheck {
    /// Whether it would load.
    pub loads: bool,
    /// The object that would be loaded, or every one that would not.
    pub objects: Vec<ObjectCheck>,
}

/// Checks the package or object `path` against `target`.
///
/// # Errors
/// [`Error`](crate::Error) when the file is neither, or is malformed, or a file of the
/// target's is.
pub fn check(path: &Path, target: &Target, targets: &Targets) -> Result<PackageCheck> {
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
    let kernels = targets.btf(target)?;
    if is_elf(&bytes) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let subject = Subject::open(&bytes, &[]).at(path)?;
        let object = check_object(&name, &subject, target, &kernels)?;
        return Ok(PackageCheck { loads: object.findings.is_empty(), objects: vec![object] });
    }
    let package = Package::parse(bytes).at(path)?;
    let manifest = package.checked_manifest().at(path)?;
    let mut objects = Vec::new();
    for variant in candidates(&manifest, target) {
        let Some(bytes) = package.file(&variant.object) else { continue };
        let object = variant.object.as_str();
        let optional = variant.programs.iter().filter(|p| p.optional).map(|p| p.name.as_str());
        let subject = Subject::open(bytes, &optional.collect::<Vec<_>>()).at(path.join(object))?;
        let mut found = check_object(object, &subject, target, &kernels)?;
        found.findings.extend(missing_btf(&package, &subject, target, &kernels)?);
        // The first that loads is the one that the loader takes.
        if found.findings.is_empty() {
            return Ok(PackageCheck { loads: true, objects: vec![found] });
        }
        objects.push(found);
    }
    Ok(PackageCheck { loads: false, objects })
}

/// The variant that was built for the target, or, where none was, all in the loader's order.
fn candidates<'m>(manifest: &'m Manifest, target: &Target) -> Vec<&'m Variant> {
    let all = || manifest.variants.iter();
    let built_for = all().find(|v| v.targets.contains(&target.name));
    let chosen: Vec<_> = built_for.into_iter().collect();
    if chosen.is_empty() { all().collect() } else { chosen }
}

/// BTF that the package must bring and does not.
fn missing_btf(
    package: &Package,
    subject: &Subject<'_>,
    target: &Target,
    kernels: &[TargetBtf],
) -> Result<Vec<Finding>> {
    let needed = super::relocations::are_needed(subject).at(&target.name)?;
    if !needed || target.has_feature("kernel-btf") {
        return Ok(Vec::new());
    }
    let has = |kernel: &KernelId| package.file(&kernel.btf_file()).is_some();
    let missing = kernels.iter().map(|k| &k.kernel).filter(|k| !has(k));
    let finding = |kernel: &KernelId| {
        let message = format!("the package holds no BTF for this kernel ({})", kernel.btf_file());
        Finding::new("no-btf", message).on_kernel(&kernel.to_string())
    };
    Ok(missing.map(finding).collect())
}
