// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which object of a package the running kernel gets, and where the types of
//! the kernel's structures come from.

use std::{collections::BTreeSet, path::Path};

use bpfsign_format::{
    KernelId, Manifest,
    bpf::{ObjectFacts, core_types},
    manifest::{ProgramEntry, Variant},
};
use bpfsign_verify::{BtfSource, LeftOut, Reason, Result, Verified};

use super::selection::select;
use crate::kernel::{RunningKernel, btf::Ahead};

/// The object for this kernel.
#[derive(Debug)]
pub(super) struct Choice {
    /// Its name in the package, or the file's.
    pub(super) object: String,
    pub(super) facts: ObjectFacts,
    pub(super) kernel: RunningKernel,
    pub(super) btf: BtfSource,
    /// The kernel's types that it must know; `None` where it must know all.
    pub(super) types: Option<BTreeSet<String>>,
    /// What it needs of the kernel's BTF with all of its programs, where it is being made.
    pub(super) ahead: Option<Ahead>,
    /// The programs that are not in force.
    pub(super) left_out: Vec<LeftOut>,
    /// Why BTF in the package is not used.
    pub(super) note: Option<String>,
}

impl Choice {
    /// The first variant that the kernel can run.
    ///
    /// # Errors
    /// [`Reason::NoVariant`] with what is missing for each;
    /// [`Reason::Object`].
    pub(super) fn of_package(
        manifest: &Manifest,
        package: &Verified,
        binary: Option<&Path>,
    ) -> Result<Self, Reason> {
        let kernel = running()?;
        let btf = PackageBtf::find(package, &kernel);
        let mut refused = Vec::new();
        for variant in &manifest.variants {
            let bytes = package.file(&variant.object);
            let asked = Asked { entries: &variant.programs, binary };
            match judge(bytes, &asked, &kernel, &btf)? {
                Ok(fit) => {
                    let note = btf.note(fit.source);
                    return Ok(fit.chosen(variant.object.clone(), kernel, note));
                }
                Err(missing) => refused.push((Variant::name(variant).to_owned(), missing)),
            }
        }
        Err(Reason::NoVariant { kernel: kernel.release, refused })
    }

    /// A bare object, if the kernel can run it.
    ///
    /// # Errors
    /// As [`Choice::of_package`].
    pub(super) fn of_object(name: &str, bytes: &[u8]) -> Result<Self, Reason> {
        let kernel = running()?;
        let object = format!("{name}.bpf.o");
        let asked = Asked { entries: &[], binary: None };
        match judge(bytes, &asked, &kernel, &PackageBtf::default())? {
            Ok(fit) => Ok(fit.chosen(object, kernel, None)),
            Err(missing) => {
                Err(Reason::NoVariant { kernel: kernel.release, refused: vec![(object, missing)] })
            }
        }
    }
}

fn running() -> Result<RunningKernel, Reason> {
    RunningKernel::read().map_err(|error| *error.reason)
}

/// BTF that a package brings.
#[derive(Debug, Default)]
struct PackageBtf {
    /// For exactly this build.
    exact: bool,
    /// Why the package's BTF for this release cannot be used.
    why_not: Option<String>,
}

impl PackageBtf {
    fn find(package: &Verified, kernel: &RunningKernel) -> Self {
        let payload = package.payload();
        let held: Vec<KernelId> =
            payload.iter().filter_map(|(name, _)| KernelId::of_btf_file(name)).collect();
        let Some(id) = &kernel.id else {
            let why = "this kernel does not tell its build id".to_owned();
            return Self { exact: false, why_not: (!held.is_empty()).then_some(why) };
        };
        if held.contains(id) {
            return Self { exact: true, why_not: None };
        }
        let same_release = held.iter().find(|other| other.release() == id.release());
        let why_not = same_release.map(|other| {
            format!(
                "the package's BTF for {} is of build {}, and this kernel is build {}",
                id.release(),
                other.build_id(),
                id.build_id()
            )
        });
        Self { exact: false, why_not }
    }

    /// What to say when another source is used.
    fn note(&self, source: BtfSource) -> Option<String> {
        (source == BtfSource::Kernel).then(|| self.why_not.clone()).flatten()
    }
}

/// What the manifest and the operator say of an object's programs.
struct Asked<'a> {
    entries: &'a [ProgramEntry],
    binary: Option<&'a Path>,
}

/// How the kernel can run an object.
struct Fit {
    facts: ObjectFacts,
    source: BtfSource,
    types: Option<BTreeSet<String>>,
    ahead: Option<Ahead>,
    left_out: Vec<LeftOut>,
}

impl Fit {
    fn chosen(self, object: String, kernel: RunningKernel, note: Option<String>) -> Choice {
        let Self { facts, source, types, ahead, left_out } = self;
        Choice { object, facts, kernel, btf: source, types, ahead, left_out, note }
    }
}

type Verdict = Result<Fit, Vec<String>>;

/// Whether the kernel can run an object, and with which BTF; otherwise what is
/// missing.
fn judge(
    bytes: &[u8],
    asked: &Asked<'_>,
    kernel: &RunningKernel,
    btf: &PackageBtf,
) -> Result<Verdict, Reason> {
    let (object, facts) = ObjectFacts::open(bytes).map_err(Reason::Object)?;
    // `None` means that the object has relocations which only the kernel's whole BTF serves.
    let types = core_types(bytes).map_err(Reason::Object)?;
    let from_kernel = types.as_ref().filter(|t| !t.is_empty() && !btf.exact && kernel.has_btf);
    let ahead = from_kernel.map(|types| Ahead::begin(types, &facts.programs));
    let (left_out, mut lacking) =
        match select(asked.entries, (&object, &facts), asked.binary, kernel.has_btf) {
            Ok(left_out) => (left_out, Vec::new()),
            Err(lacking) => (Vec::new(), lacking),
        };
    let source = match &types {
        Some(types) if types.is_empty() => BtfSource::None,
        Some(_) if btf.exact => BtfSource::Package,
        _ if kernel.has_btf => BtfSource::Kernel,
        _ => {
            lacking.push(no_btf(kernel, btf));
            BtfSource::None
        }
    };
    Ok(if lacking.is_empty() {
        Ok(Fit { facts, source, types, ahead, left_out })
    } else {
        Err(lacking)
    })
}

fn no_btf(kernel: &RunningKernel, btf: &PackageBtf) -> String {
    let build = match (&btf.why_not, &kernel.id) {
        (Some(why), _) => why.clone(),
        (None, Some(id)) => {
            format!("the package has none for {} build {}", id.release(), id.build_id())
        }
        (None, None) => format!("the package has none for {}", kernel.release),
    };
    format!("BTF of this kernel: it shows none, and {build}")
}
